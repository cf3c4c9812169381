"""Tickets: good once, for seconds, at their place. Who comes first is the database's word, on each that there is."""

from __future__ import annotations

import asyncio
import json
import math
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.conf import settings as project
from django.db import OperationalError
from django.utils import timezone
from hypothesis import given

from strategies import registry
from strategies.backend import Identity, NotApplicable, Place, SampleKind
from strategies.backends import ticket
from strategies.backends.batching import LARGEST
from strategies.backends.ticket import Ticket
from strategies.conformance.attempt import encodings
from strategies.conformance.contender import make_user
from strategies.conformance.probe import leaves
from strategies.models import Ticket as Row
from strategies.refusal import Reason, Refused
from tests.strategies.backends.verdicts import queries, verdict
from tests.strategies.hostile import TOKENS

HERE = Place("/ws/chat/", "https://app.example")

SAMPLES: dict[SampleKind, Reason | None] = {  # None: gets in
    SampleKind.VALID: None,
    SampleKind.UNKNOWN: Reason.INVALID,
    SampleKind.MALFORMED: Reason.INVALID,
    SampleKind.TAMPERED: Reason.INVALID,
    SampleKind.EXPIRED: Reason.EXPIRED,
    SampleKind.REVOKED: Reason.INVALID,
    SampleKind.INACTIVE_USER: None,  # left to the gate
    SampleKind.DELETED_USER: Reason.INVALID,
}


async def at(backend: Ticket, token: str, place: Place) -> Identity | Reason:
    try:
        return await backend.verify_at(token, place)
    except Refused as refused:
        return refused.reason


@pytest.mark.parametrize(("kind", "reason"), SAMPLES.items(), ids=SAMPLES)
async def test_a_sample_is_what_it_says(kind: SampleKind, reason: Reason | None) -> None:
    user, backend = await make_user(), Ticket()
    found = await verdict(backend, await backend.sample(kind, user))
    assert (found.user if isinstance(found, Identity) else found) == (reason or user)


@pytest.mark.parametrize("kind", [kind for kind in SampleKind if kind not in SAMPLES])
async def test_other_kinds_do_not_apply(kind: SampleKind) -> None:
    with pytest.raises(NotApplicable, match=kind.value):
        await Ticket().sample(kind, await make_user())


async def test_identity() -> None:
    user, backend = await make_user(), Ticket(session=600)
    token = await backend.issue(user)
    row = await Row.objects.aget(user=user)
    before = timezone.now().timestamp()
    identity = await backend.verify(token)
    assert (identity.user, identity.token_id, identity.session) == (user, row.digest[:32], None)
    assert identity.issued_at == row.created_at.timestamp()
    assert before + 600 <= (identity.expires_at or 0) <= timezone.now().timestamp() + 600


async def test_an_identity_ends_with_the_log_in_that_its_ticket_was_made_under() -> None:
    backend, user = Ticket(), await make_user()
    token = await database_sync_to_async(backend.mint)(user, HERE, session="of-a-log-in")
    assert (await backend.verify_at(token, HERE)).session == "of-a-log-in"


async def test_a_ticket_can_be_found_by_its_prefix_and_travels_anywhere() -> None:
    for prefix in ("wst_", "acme-", ""):
        token = await Ticket(prefix=prefix).issue(await make_user())
        assert re.fullmatch(rf"{prefix}[A-Za-z0-9_-]{{32}}", token), "192 bits, 6 a character"


async def test_nothing_of_the_ticket_is_kept_but_its_digest() -> None:
    backend = Ticket()
    token = await backend.issue_at(await make_user(), HERE)
    row = await Row.objects.select_related("user").alatest("pk")
    identity = await backend.verify_at(token, HERE)
    texts = leaves({"row": vars(row), "user": identity.user, "auth": identity, "dict": vars(identity.user)})
    assert row.digest in texts
    assert not [how for how, spelling in encodings(token).items() if any(spelling in text for text in texts)]
    assert identity.user._state.fields_cache == {}


async def test_two_tickets_are_never_alike() -> None:
    backend, user = Ticket(), await make_user()
    assert len({await backend.issue(user) for _ in range(50)}) == 50


# ── once ─────────────────────────────────────────────────────────────────────────────────────────


async def test_a_ticket_is_good_once() -> None:
    backend = Ticket()
    token = await backend.issue(await make_user())
    found = [await verdict(backend, token) for _ in range(3)]
    assert isinstance(found[0], Identity)
    assert found[1:] == [Reason.INVALID] * 2


async def test_of_fifty_at_once_one_gets_in() -> None:
    """They go out in batches: within one and between two the first has it."""
    backends = Ticket(), Ticket()
    token = await backends[0].issue(await make_user())
    found = await asyncio.gather(*(verdict(backends[number % 2], token) for number in range(50)))
    assert Counter(one if isinstance(one, Reason) else "in" for one in found) == {"in": 1, Reason.INVALID: 49}


async def test_many_at_once_are_each_themselves() -> None:
    backend = Ticket()
    users = [await make_user() for _ in range(20)]
    tokens = [await backend.issue(user) for user in users]
    found = await asyncio.gather(*(backend.verify(token) for token in tokens))
    assert [identity.user for identity in found] == users


async def test_two_tickets_of_one_user_share_no_object() -> None:
    backend, user = Ticket(), await make_user()
    tokens = [await backend.issue(user) for _ in range(5)]
    found = await asyncio.gather(*(backend.verify(token) for token in tokens))
    assert len({id(identity.user) for identity in found}) == 5


async def test_a_database_that_fails_after_the_claim_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = Ticket()
    token = await backend.issue(await make_user())
    claimed = ticket._claimed

    def failing(digests: Any) -> Any:
        claimed(digests)
        raise OperationalError("gone")

    monkeypatch.setattr(ticket, "_claimed", failing)
    with pytest.raises(OperationalError):
        await backend.verify(token)
    monkeypatch.undo()
    assert await verdict(backend, token) is Reason.INVALID, "used up: better refused than let in twice"


# ── at its place ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place("/ws/other/", HERE.origin),
        Place("/ws/chat", HERE.origin),
        Place("/ws/CHAT/", HERE.origin),
        Place("", HERE.origin),
        Place(HERE.path, "https://evil.example"),
        Place(HERE.path, "https://app.example:443"),
        Place(HERE.path, ""),
        Place(HERE.path),
        Place(),
    ],
    ids=repr,
)
async def test_at_the_wrong_place_it_is_refused_and_used_up(elsewhere: Place) -> None:
    backend = Ticket()
    token = await backend.issue_at(await make_user(), HERE)
    assert await at(backend, token, elsewhere) is Reason.INVALID
    assert await at(backend, token, HERE) is Reason.INVALID


async def test_at_its_place_it_is_good() -> None:
    user, backend = await make_user(), Ticket()
    for place in (HERE, Place("/ws/chat/")):
        found = await at(backend, await backend.issue_at(user, place), place)
        assert isinstance(found, Identity)
        assert found.user == user


async def test_made_for_no_browser_it_is_no_good_in_one() -> None:
    backend = Ticket()
    token = await backend.issue_at(await make_user(), Place(HERE.path))
    assert await at(backend, token, HERE) is Reason.INVALID


async def test_unbound_it_is_good_anywhere() -> None:
    user, backend = await make_user(), Ticket()
    for place in (HERE, Place("/ws/chat/"), Place()):
        assert isinstance(await at(backend, await backend.issue(user), place), Identity)


async def test_a_place_without_a_path_is_no_place() -> None:
    with pytest.raises(ValueError, match="bound to a path"):
        await Ticket().issue_at(await make_user(), Place(origin=HERE.origin))


async def test_too_late_and_at_the_wrong_place_says_nothing_of_the_lateness() -> None:
    backend = Ticket()
    token = await backend.issue_at(await make_user(), HERE)
    await Row.objects.filter(digest=ticket._digest(token)).aupdate(expires_at=timezone.now())
    assert await at(backend, token, Place()) is Reason.INVALID


async def test_its_life_is_what_the_option_says() -> None:
    backend = Ticket(lifetime=90)
    before = timezone.now()
    token = await backend.issue(await make_user())
    row = await Row.objects.aget(digest=ticket._digest(token))
    assert timedelta(0) <= row.expires_at - before - timedelta(seconds=90) < timedelta(seconds=10)


# ── what it asks ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "count"),
    [(SampleKind.VALID, 2), (SampleKind.UNKNOWN, 1), (SampleKind.REVOKED, 1), (SampleKind.MALFORMED, 0)],
)
async def test_queries(kind: SampleKind, count: int) -> None:
    backend = Ticket()
    token = await backend.sample(kind, await make_user())
    assert len(await queries(backend.verify(token))) == count


@given(token=TOKENS)
async def test_no_other_text_gets_in(token: str) -> None:
    with pytest.raises(Refused, match="invalid"):
        await Ticket().verify(token)


@pytest.mark.parametrize(
    "spoil", [str.upper, str.lower, lambda one: one + "x", lambda one: one[:-1], lambda one: one + "\n"]
)
async def test_another_spelling_is_another_ticket(spoil: Any) -> None:
    backend = Ticket()
    token = await backend.issue(await make_user())
    assert await verdict(backend, spoil(token)) is Reason.INVALID
    assert isinstance(await verdict(backend, token), Identity)


# ── options ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("option", ["lifetime", "session"])
@pytest.mark.parametrize("value", [0, -1, True, None, "30", math.inf, math.nan, 2**31], ids=repr)
def test_times_are_positive_numbers(option: str, value: Any) -> None:
    with pytest.raises(
        ValueError, match=f"{option} must be a positive number of seconds, not {re.escape(repr(value))}"
    ):
        Ticket(**{option: value})


@pytest.mark.parametrize("prefix", ["a b", "a=", "é", "x" * 21, None, 5, "a.b", "a\n"], ids=repr)
def test_a_prefix_travels_anywhere(prefix: Any) -> None:
    with pytest.raises(ValueError, match=f"prefix must be .* not {re.escape(repr(prefix))}"):
        Ticket(prefix=prefix)


def test_no_cookie_carries_one() -> None:
    built = registry.build(
        {
            "STRATEGIES": {"cookie": {}, "header": {}},
            "BACKENDS": {"ticket": {}},
            "POLICY": {"ORIGINS": ["https://app.example"]},
            "PAIRS": ["cookie/ticket"],
        }
    )
    assert [problem.id for problem in built.problems] == ["E006"]
    assert "good once" in built.problems[0].message


def test_a_bad_option_is_a_problem_of_the_settings() -> None:
    built = registry.build({"BACKENDS": {"ticket": {"OPTIONS": {"lifetime": 0}}}})
    assert [problem.id for problem in built.problems] == ["E004"]
    assert "lifetime must be a positive number of seconds, not 0" in built.problems[0].message


# ── what is left behind ──────────────────────────────────────────────────────────────────────────


async def rows_that_ended(ago: timedelta, count: int) -> None:
    user, ended = await make_user(), timezone.now() - ago
    made = [Row(digest=f"{ago}-{number}", user=user, expires_at=ended) for number in range(count)]
    await Row.objects.abulk_create(made)


async def test_minting_clears_a_batch_of_what_is_long_over() -> None:
    await Row.objects.all().adelete()
    backend, user = Ticket(), await make_user()
    used = await backend.issue(user)
    await backend.verify(used)
    await rows_that_ended(ticket.KEPT + timedelta(seconds=1), LARGEST + 3)
    await rows_that_ended(ticket.KEPT - timedelta(minutes=1), 2)
    await backend.issue(user)
    assert await Row.objects.acount() == 3 + 2 + 2, "three of the old, two too late, one used, one waiting"
    await backend.issue(user)
    assert await Row.objects.acount() == 2 + 3


# ── several processes ────────────────────────────────────────────────────────────────────────────

PROCESSES, THREADS = 5, 10
"""Fifty at once."""
TICKETS = 20


class Racer:
    """A process that presents tickets when it is told to."""

    def __init__(self, url: str) -> None:
        environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "core.settings"}
        command = [sys.executable, "-m", "tests.strategies.backends.racer"]
        self._process = subprocess.Popen(
            command, cwd=project.BASE_DIR, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Racer:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def tell(self, order: object) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def hear(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())


@contextmanager
def racers(url: str) -> Iterator[list[Racer]]:
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "core.settings"}
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=project.BASE_DIR, env=environment, check=True)
    with ExitStack() as stack:
        yield [stack.enter_context(Racer(url)) for _ in range(PROCESSES)]


def race(url: str, tickets: int) -> list[int]:
    """How often each ticket got in, when each thread of each process presents all of them, in an order of its own."""
    with racers(url) as all_of_them:
        for one, count in zip(all_of_them, [tickets, *[0] * (PROCESSES - 1)], strict=True):
            one.tell(count)
        minted = [token for one in all_of_them for token in one.hear()]
        for one in all_of_them:
            one.tell([random.sample(minted, len(minted)) for _ in range(THREADS)])
        assert [one.hear() for one in all_of_them] == ["ready"] * PROCESSES
        for one in all_of_them:
            one.tell("start")
        batches = [batch for one in all_of_them for batch in one.hear()]
    assert [batch for batch in batches if isinstance(batch, str)] == [], "nothing failed"
    assert len(batches) == PROCESSES * THREADS
    return [sum(token in batch for batch in batches) for token in minted]


def test_sqlite_lets_exactly_one_of_many_processes_win(tmp_path: Path) -> None:
    assert race(f"sqlite:///{tmp_path / 'race.sqlite3'}", TICKETS) == [1] * TICKETS


def test_postgresql_lets_exactly_one_of_many_processes_win(postgresql: Any) -> None:
    assert race(postgresql.url_of(postgresql.new_database()), TICKETS) == [1] * TICKETS


async def test_a_used_ticket_can_not_be_taken_back() -> None:
    with pytest.raises(NotApplicable, match="nothing left to take back"):
        await Ticket().take_back("used")
