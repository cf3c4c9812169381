"""The rig can fail: each contender that is broken on purpose is caught, by the cases that are there for it.

In memory only: what a case sees does not depend on the medium, as the matrix shows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache

import pytest

from strategies import registry
from strategies.conformance import CASES, Case, Contender, Outcome, Verdict, contenders, judge
from strategies.conformance.inprocess import InProcess
from strategies.conformance.probe import Probe, witness
from strategies.registry import Pair
from tests.broken import carriers, checks, gates, lives, tickets  # noqa: F401  each adds its rows
from tests.broken.table import EVERY, NO_ANSWER, RACES, TABLE, Broken, Build

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("committed")]

PATIENCE = 30.0
"""Seconds: enough on a busy machine, where many cases at once wait for one database. Few contenders keep it waiting."""
NO_PATIENCE = 0.5
"""For contenders that answer nothing: every case of theirs waits in vain."""
AT_ONCE = 16
"""Cases of all contenders together: most of the time they wait."""
turnstile = asyncio.Semaphore(AT_ONCE)


@cache
def originals(refuse: str) -> dict[str, tuple[Pair, Contender]]:
    # A long deadline of the handshake: a busy machine may need it, and no case waits for it.
    pairs = [pair.under(refuse=refuse, handshake_deadline=30.0) for pair in registry.pairs()]
    return {pair.key: (pair, contender) for pair, contender in zip(pairs, contenders(pairs), strict=True)}


async def verdicts(pair: str, refuse: str, build: Build, patience: float = PATIENCE) -> dict[str, Verdict]:
    """What comes of each case for a contender that promises what the pair promises."""
    original, contender = originals(refuse)[pair]

    async def one(case: Case) -> Verdict:
        probe = Probe()
        async with turnstile:
            medium = InProcess(build(original, probe.wrap(witness)), probe)
            return await judge(case, contender, medium, patience=patience)

    return dict(zip((case.id for case in CASES), await asyncio.gather(*map(one, CASES)), strict=True))


def wrong(found: dict[str, Verdict]) -> dict[str, str]:
    return {case: verdict.reason for case, verdict in found.items() if verdict.outcome is Outcome.WRONG}


@cache
def not_applicable(pair: str, refuse: str) -> asyncio.Task[frozenset[str]]:
    """The cases that have nothing to say about an original: found out once, by those that ask first."""

    async def ask() -> frozenset[str]:
        found = await verdicts(pair, refuse, Pair.guard)
        assert not wrong(found)
        silent = {case for case, verdict in found.items() if verdict.outcome is Outcome.NOT_APPLICABLE}
        return frozenset(silent - {"early-frame"})  # judges the refusal before it finds that it has no socket

    return asyncio.ensure_future(ask())


async def expected(row: Broken) -> frozenset[str]:
    return row.caught_by - await not_applicable(row.pair, row.refuse)


@pytest.mark.parametrize(("pair", "refuse"), sorted({row.original for row in TABLE}))
async def test_the_unbroken_originals_pass(pair: str, refuse: str) -> None:
    assert await not_applicable(pair, refuse) < EVERY


async def test_what_is_written_by_hand_and_forgets_nothing_passes() -> None:
    assert wrong(await verdicts("header/simplejwt", "handshake", checks.forgetful)) == {}


@pytest.fixture(scope="module")
def caught(request: pytest.FixtureRequest) -> Callable[[Broken], Awaitable[dict[str, str]]]:
    """The cases that catch a contender. Who asks first waits for all that this run will ask for."""
    asked = [getattr(item, "callspec", None) for item in request.session.items if item.path == request.path]
    rows = [one.params["row"] for one in asked if one is not None and "row" in one.params]
    done: dict[str, dict[str, str]] = {}

    async def catch(row: Broken) -> None:
        patience = NO_PATIENCE if row.caught_by >= NO_ANSWER else PATIENCE
        done[row.name] = wrong(await verdicts(row.pair, row.refuse, row.build, patience))

    async def ask(row: Broken) -> dict[str, str]:
        if not done:
            await asyncio.gather(*map(catch, rows))
        return done[row.name]

    return ask


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
async def test_a_broken_contender_is_caught(row: Broken, caught: Callable[[Broken], Awaitable[dict[str, str]]]) -> None:
    found = await caught(row)
    assert found.keys() - (RACES - row.caught_by) == await expected(row), found


async def test_every_case_catches_something_that_not_every_case_does() -> None:
    caught = [await expected(row) for row in TABLE if not row.caught_by >= NO_ANSWER]
    assert frozenset().union(*caught) == EVERY
