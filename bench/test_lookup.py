"""What one of several lookups costs that are asked for at once, beside the tutorial's two queries for each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from bench.breakdown import LOOKUP
from bench.conftest import PEOPLE, Renew, Tokens
from bench.queries import count_queries
from bench.rounds import again
from bench.tutorial import user_of
from strategies import registry
from strategies.backends.authtoken import AuthToken

CONTROL = "the tutorial's lookup"
BACKENDS = {pair.backend_name: pair.backend for pair in registry.pairs()}


@pytest.mark.parametrize("at_once", [1, 8, PEOPLE])
@pytest.mark.parametrize("name", ["authtoken", "simplejwt", "session", "ticket"])
def test_lookups_at_once(
    name: str,
    at_once: int,
    measure: Callable[..., Any],
    tokens: Tokens,
    renew: Renew,
    users: Sequence[Any],
    runner: asyncio.Runner,
) -> None:
    backend = BACKENDS[name]
    asked, keys = tokens(backend), tokens(AuthToken())

    def round_of(ask: Callable[[str], Awaitable[Any]], credentials: Sequence[str]) -> Callable[[], list[Any]]:
        return lambda: runner.run(in_turns(ask, credentials, at_once))

    found = measure(
        f"{LOOKUP}, {at_once} at once",
        round_of(backend.verify, asked),
        round_of(user_of, keys),
        prepare=renew(backend, asked),
        **told(name, at_once, len(users)),
        queries=runner.run(count_queries(lambda: in_turns(backend.verify, asked, at_once))) / len(users),
    )
    assert [identity.user.pk for identity in found] == [user.pk for user in users]


@pytest.mark.parametrize("at_once", [1, 8, PEOPLE])
def test_the_control_again(
    at_once: int, measure: Callable[..., Any], tokens: Tokens, users: Sequence[Any], runner: asyncio.Runner
) -> None:
    keys = tokens(AuthToken())

    def once() -> list[Any]:
        return runner.run(in_turns(user_of, keys, at_once))

    found = measure(
        f"{LOOKUP}, {at_once} at once",
        once,
        once,
        **told(again(CONTROL), at_once, len(users)),
        queries=runner.run(count_queries(lambda: user_of(keys[0]))),
    )
    assert found == list(users)


def told(contender: str, at_once: int, items: int) -> dict[str, Any]:
    return {"layer": LOOKUP, "contender": contender, "control": CONTROL, "at_once": at_once, "items": items}


async def in_turns(ask: Callable[[str], Awaitable[Any]], credentials: Sequence[str], at_once: int) -> list[Any]:
    """Asks with each of them, so many at a time."""
    found: list[Any] = []
    for start in range(0, len(credentials), at_once):
        found += await asyncio.gather(*map(ask, credentials[start : start + at_once]))
    return found
