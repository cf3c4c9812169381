"""Correctness: every case against every contender, over real sockets, some at a time.

A pair is judged in both refuse modes and gets one cell: WRONG if either is, as expected if either is
and neither is wrong, not applicable only where both are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

from strategies.conformance import Case, Contender, Medium, Outcome, Transcript, Verdict, judge

from .lineup import Entry

Cells = dict[str, dict[str, Verdict]]
"""Contender → case → verdict."""
Attempted = tuple[str, str, str]
"""Contender, case, refuse mode."""


async def judge_all(
    entries: Iterable[Entry],
    cases: Sequence[Case],
    medium: Medium,
    *,
    at_once: int,
    done: Callable[[], None] = lambda: None,
    transcripts: dict[Attempted, Transcript] | None = None,
) -> Cells:
    """`done` is called after each attempt; `transcripts` are filled, where they are wanted.

    Raises `OSError` when the medium fails.
    """
    slots = asyncio.Semaphore(at_once)
    verdicts: dict[Attempted, Verdict] = {}

    async def one(entry: Entry, case: Case, mode: str, contender: Contender) -> None:
        attempted = (entry.key, case.id, mode)
        transcript = None
        if transcripts is not None:
            transcript = transcripts[attempted] = Transcript()
        async with slots:
            verdicts[attempted] = await judge(case, contender, medium, transcript=transcript)
        done()

    attempts = [
        (entry, case, mode, contender)
        for case in cases
        for entry in entries
        for mode, contender in entry.judged.items()
    ]
    try:
        async with asyncio.TaskGroup() as group:
            for attempt in sorted(attempts, key=_waits, reverse=True):
                group.create_task(one(*attempt))
    except* OSError as errors:
        raise errors.exceptions[0] from None
    cells: Cells = {}
    for entry, case, _, _ in attempts:
        by_mode = {mode: verdicts[entry.key, case.id, mode] for mode in entry.judged}
        cells.setdefault(entry.key, {})[case.id] = merged(by_mode)
    return cells


def _waits(attempt: tuple[Entry, Case, str, Contender]) -> bool:
    """Whether an attempt may wait for a deadline: those begin first, so that none is left for the end."""
    _, case, _, contender = attempt
    return case.lasts > 0 or (case.id == "silence" and contender.traits.accepts_first)


def merged(by_mode: Mapping[str, Verdict]) -> Verdict:
    """One cell of the verdicts in all refuse modes; a reason that holds in one mode names it."""
    for outcome in (Outcome.WRONG, Outcome.EXPECTED):
        for mode, verdict in by_mode.items():
            if verdict.outcome is outcome:
                prefix = f"refuse={mode}: " if mode and verdict.reason else ""
                return Verdict(outcome, prefix + verdict.reason)
    return next(iter(by_mode.values()))


def count_attempts(entries: Iterable[Entry], cases: Sequence[Case]) -> int:
    """How many verdicts `judge_all` asks for."""
    return sum(len(entry.judged) for entry in entries) * len(cases)
