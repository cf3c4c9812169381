"""The journal: what a revocation concerns, and that a reader misses no row, whenever it becomes visible."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from strategies import journal
from strategies.backend import Identity, digest
from strategies.journal import KEPT, LATE, Reader, Revocation, write
from strategies.models import JournalEntry

NOW = 1_800_000_000.0


class Row:
    def __init__(self, pk: Any) -> None:
        self.pk = pk


ADA = Identity(Row(1), None, NOW, "token", session="log-in", connection="c0ffee")


@pytest.mark.parametrize(
    ("facts", "concerns"),
    [
        ({"user": "1"}, True),
        ({"user": "2"}, False),
        ({"session": "log-in"}, True),
        ({"session": digest("log-in")}, True),
        ({"session": "another"}, False),
        ({"token_id": digest("token")}, True),
        ({"token_id": "token"}, False),
        ({"connection": "c0ffee"}, True),
        ({"connection": "another"}, False),
        ({"issued_before": NOW + 1}, True),
        ({"issued_before": NOW}, False),
        ({"user": "1", "issued_before": NOW + 1}, True),
        ({"user": "1", "token_id": "another"}, False),
    ],
)
def test_concerns_what_meets_all_that_is_given(facts: dict[str, Any], concerns: bool) -> None:
    assert Revocation(**facts).concerns(ADA) is concerns


@pytest.mark.parametrize("identity", [Identity(object()), Identity(Row(None)), Identity(Row(2), None, None)])
def test_an_unknown_issue_is_before_everything_and_nobody_is_somebody(identity: Identity) -> None:
    assert Revocation(issued_before=0.0).concerns(identity)
    assert not Revocation(user="1").concerns(identity)
    assert not Revocation(session="log-in").concerns(identity)
    assert not Revocation(token_id="token").concerns(identity)


@pytest.mark.parametrize(
    ("facts", "one"),
    [({"user": "1"}, False), ({"issued_before": 1.0}, False), ({"user": "1", "session": "s"}, True)]
    + [({name: "x"}, True) for name in ("session", "token_id", "connection")],
)
def test_names_one(facts: dict[str, Any], one: bool) -> None:
    assert Revocation(**facts).names_one is one


def made(count: int, at: float = NOW) -> list[Revocation]:
    return [Revocation(token_id=f"{at}-{number}", at=at + number / 1000) for number in range(count)]


@pytest.mark.django_db
def test_what_is_written_is_read_once_in_order() -> None:
    reader = Reader(NOW)
    first, second = made(3), made(2, NOW + 5)
    write(first)
    assert reader.read(NOW) == first
    write(second)
    assert reader.read(NOW + 6) == second
    assert reader.read(NOW + 6) == []


@pytest.mark.django_db
def test_every_field_comes_back() -> None:
    one = Revocation("1", "session", "token", "connection", NOW - 1, NOW)
    write([one])
    assert Reader(NOW).read(NOW) == [one]


@pytest.mark.django_db
def test_what_was_decided_before_is_history() -> None:
    write(made(3, NOW - 100))
    reader = Reader(NOW)
    later = made(1)
    write(later)
    assert reader.read(NOW) == later


@pytest.mark.django_db
def test_many_are_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "PAGE", 10)
    several = made(35)
    write(several)
    assert Reader(NOW).read(NOW) == several


@pytest.mark.django_db
@given(st.permutations(range(1, 8)), st.sets(st.integers(0, 6)))
def test_whatever_order_rows_become_visible_in_each_is_read_once(order: list[int], reads: set[int]) -> None:
    """As transactions do it: a number is drawn before another one, and becomes visible after it."""
    JournalEntry.objects.all().delete()
    JournalEntry.objects.create(pk=100, decided_at=NOW - 100)
    reader = Reader(NOW)
    seen: list[str] = [one.token_id for one in reader.read(NOW)]
    for turn, number in enumerate(order):
        JournalEntry.objects.create(pk=100 + number, decided_at=NOW, token_id=str(number))
        if turn in reads:
            seen += [one.token_id for one in reader.read(NOW + turn)]
    seen += [one.token_id for one in reader.read(NOW + 7)]
    assert sorted(seen) == [str(number) for number in range(1, 8)]


@pytest.mark.django_db
def test_a_number_that_never_comes_is_given_up() -> None:
    reader = Reader(NOW)
    JournalEntry.objects.create(pk=1, decided_at=NOW)
    JournalEntry.objects.create(pk=5, decided_at=NOW)
    reader.read(NOW)
    assert [gap[:2] for gap in reader._passed_over] == [(2, 4)]
    reader.read(NOW + LATE)
    assert not reader._passed_over


@pytest.mark.django_db
def test_old_rows_are_cleared_away() -> None:
    old = time.time() - KEPT - 60
    JournalEntry.objects.create(decided_at=old)
    write(made(150, time.time()))
    assert not JournalEntry.objects.filter(decided_at=old).exists()
    assert JournalEntry.objects.count() == 150


@pytest.mark.django_db
def test_thousands_that_become_visible_after_a_later_one_are_all_read() -> None:
    """A large batch is one transaction, and another process's row with a number in its midst may be seen before it."""
    reader = Reader(NOW)
    JournalEntry.objects.create(pk=1, decided_at=NOW)
    reader.read(NOW)
    JournalEntry.objects.create(pk=3_001, decided_at=NOW, token_id="early")
    assert len(reader.read(NOW)) == 1
    numbers = [number for number in range(2, 5_002) if number != 3_001]
    JournalEntry.objects.bulk_create([JournalEntry(pk=number, decided_at=NOW) for number in numbers])
    assert len(reader.read(NOW + 1)) == len(numbers)
    assert reader.read(NOW + 2) == []


@pytest.mark.django_db
@override_settings(USE_TZ=False)
def test_projects_without_time_zones_have_a_journal_too() -> None:
    several = made(2)
    write(several)
    assert Reader(NOW).read(NOW) == several
