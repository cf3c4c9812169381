"""The judge: every way in which a case can end is a verdict; a medium that fails is none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from strategies.backend import NotApplicable
from strategies.conformance.attempt import Attempt, Cut, Wrong
from strategies.conformance.cases import Case
from strategies.conformance.judge import Outcome, Verdict, judge
from strategies.conformance.medium import Request
from strategies.flow import Open
from tests.strategies.conformance.stage import contender, guarded, medium
from tests.strategies.toys import nothing_runs


def case(body: Callable[[Attempt], Any]) -> Case:
    return Case("toy", "a toy", "", body)


def raising(error: Exception) -> Case:
    async def body(attempt: Attempt) -> None:
        await attempt.dial(Open())
        raise error

    return case(body)


async def judged(one: Case, **more: Any) -> Verdict:
    standing = contender("first_message", deadline=more.pop("deadline", 5))
    verdict = await judge(one, standing, medium(lambda app: guarded(standing, app)), **more)
    await nothing_runs()
    return verdict


async def nothing(attempt: Attempt) -> None: ...


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (case(nothing), Verdict(Outcome.EXPECTED)),
        (raising(NotApplicable("no such thing")), Verdict(Outcome.NOT_APPLICABLE, "no such thing")),
        (raising(Wrong("got in")), Verdict(Outcome.WRONG, "got in")),
        (raising(TimeoutError()), Verdict(Outcome.WRONG, "no answer within 15 s")),
    ],
    ids=lambda value: value.outcome.name if isinstance(value, Verdict) else None,
)
async def test_verdicts(one: Case, verdict: Verdict) -> None:
    assert await judged(one) == verdict


@pytest.mark.parametrize(("breaks", "verdict"), [(1, Verdict(Outcome.EXPECTED)), (2, Verdict(Outcome.WRONG, "cut"))])
async def test_a_connection_that_breaks_is_tried_once_more(breaks: int, verdict: Verdict) -> None:
    tries: list[Attempt] = []

    async def breaking(attempt: Attempt) -> None:
        tries.append(attempt)
        if len(tries) <= breaks:
            raise Cut("cut")

    assert await judged(case(breaking)) == verdict
    assert len(set(tries)) == 2


async def test_a_case_may_last_longer_than_others() -> None:
    async def waits(attempt: Attempt) -> None:
        await asyncio.sleep(0.3)

    assert await judged(replace(case(waits), lasts=60.0), deadline=0.1, patience=0.1) == Verdict(Outcome.EXPECTED)


async def test_what_does_not_end_gets_no_answer() -> None:
    async def waits(attempt: Attempt) -> None:
        await (await attempt.dial(Open())).line.receive()
        await asyncio.Event().wait()

    assert await judged(case(waits), deadline=0.01, patience=0.02) == Verdict(Outcome.WRONG, "no answer within 0.03 s")


@pytest.mark.parametrize("error", [ConnectionRefusedError(), TypeError()], ids=repr)
async def test_a_failure_of_the_rig_is_no_verdict(error: Exception) -> None:
    with pytest.raises(type(error)):
        await judged(raising(error))
    await nothing_runs()


async def test_every_connection_is_closed() -> None:
    attempts: list[Attempt] = []

    async def body(attempt: Attempt) -> None:
        attempts.append(attempt)
        for _ in range(3):
            await attempt.dial(Open())

    await judged(case(body))
    assert [call.line._task.done() for call in attempts[0]._calls] == [True] * 3  # type: ignore[attr-defined]


def test_outcomes_read_as_words() -> None:
    assert [str(outcome) for outcome in Outcome] == ["as expected", "WRONG", "not applicable"]
    assert Request("/", Open(), None, "x").attempt == "x"
