"""Who stands in a storm: the comparison's contenders, as a generator sees them, and their credentials."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.lineup import Entry, lineup, nothing
from bench.people import Purse, issued
from strategies.registry import Pair

from .generator import Role
from .supply import Credential

STACK, TUTORIAL = "control-session", "tutorial"
LATE = "control-late"
"""A route without authentication that takes a known time longer: see `DELAY`."""
DELAY = 0.001
"""Seconds."""
REFERENCES = (TUTORIAL, STACK)
PLAIN = "querystring"
"""The strategy that others are held against."""
PEOPLE = 1_024
"""Users, each with a credential of every backend in the run."""


def everyone(pairs: Iterable[Pair], origin: str) -> tuple[Entry, ...]:
    """The controls first."""
    found = lineup(pairs, origin)
    return (*(one for one in found if one.pair is None), *(one for one in found if one.pair is not None))


def instrument(origin: str) -> tuple[Entry, ...]:
    """Those by which the instrument itself is checked: the same thing twice, and one of a known price."""
    twice = (one for one in lineup((), origin) if one.backend is None)
    return (*twice, Entry(LATE, "/control/late/", nothing))


def twins(those: Iterable[Entry]) -> dict[str, str]:
    """Whose client waits for the server once more, and who does without with the same backend."""
    pairs = [one.pair for one in those if one.pair]
    return {pair.key: f"{PLAIN}/{pair.backend_name}" for pair in pairs if pair.strategy.traits.accepts_first}


def roles(those: Iterable[Entry]) -> dict[str, Role]:
    return {
        one.key: Role(
            one.path, one.client, (one.pair.strategy_name, one.pair.backend_name) if one.pair else (None, None)
        )
        for one in those
    }


def credentials(
    those: Iterable[Entry], purse: Purse, runner: asyncio.Runner, count: int = PEOPLE
) -> Mapping[str, Sequence[Credential]]:
    """By contender: `count` of each, no two alike, fresh enough for a while.

    None where they are good once: see `one_time`.
    """
    runner.run(purse.fill())
    found: dict[str, Sequence[Credential]] = {}
    for one in those:
        if is_one_time(one):
            continue
        samples = [purse.take(one.backend) for _ in range(count)] if one.backend else []
        found[one.key] = [(sample.token, sample.username) for sample in samples] or [("", "")] * count
    return found


def is_one_time(one: Entry) -> bool:
    return one.backend is not None and one.backend.traits.one_time


def one_time(
    one: Entry, users: Sequence[Any], runner: asyncio.Runner, count: int
) -> Mapping[str, Sequence[Credential]]:
    """As many credentials as are about to be used, and nothing for a contender whose own last longer."""
    if one.backend is None or not is_one_time(one):
        return {}
    samples = runner.run(issued(one.backend, users, count))
    return {one.key: [(sample.token, sample.username) for sample in samples]}
