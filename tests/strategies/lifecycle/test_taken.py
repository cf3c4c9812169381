from __future__ import annotations

from typing import Any

import pytest

from strategies.backend import Identity
from strategies.journal import Revocation
from strategies.lifecycle.index import Key, key
from strategies.lifecycle.taken import ANYBODY, Taken, key_of, keys_of
from tests.strategies.lifecycle.test_hub import decided


class Row:
    pk = 1


IDENTITY = Identity(Row(), token_id="token-1", session="log-in-1")


@pytest.mark.parametrize(
    ("facts", "narrowest"),
    [
        ({"user": "1"}, key("user", "1")),
        ({"user": "1", "session": "s"}, key("session", "s")),
        ({"user": "1", "session": "s", "token_id": "t"}, key("token", "t")),
        ({"user": "1", "session": "s", "token_id": "t", "connection": "c"}, key("connection", "c")),
        ({"issued_before": 1.0}, ANYBODY),
    ],
    ids=["user", "session", "token", "connection", "anybody"],
)
def test_the_narrowest_name_counts(facts: dict[str, Any], narrowest: Key) -> None:
    assert key_of(Revocation(**facts)) == narrowest


def test_who_has_no_names_has_no_keys() -> None:
    assert keys_of(Identity(object())) == ()


@pytest.mark.parametrize(
    "facts", [{"user": "1"}, {"session": "log-in-1"}, {"token_id": "token-1"}, {"issued_before": 1.0}], ids=str
)
def test_whatever_concerns_somebody_is_found(facts: dict[str, Any]) -> None:
    one = decided(**facts)
    assert one.concerns(IDENTITY)
    others = [Revocation(user="2"), Revocation(session="other"), Revocation(connection="name")]
    assert list(Taken([*others, one]).about(IDENTITY)) == [one]


def test_nothing_else_is_looked_at() -> None:
    many = Taken(Revocation(user=str(number)) for number in range(2, 5_000))
    assert list(many.about(IDENTITY)) == []
