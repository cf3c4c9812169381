"""What an idle connection holds of a server's memory: unique set size at several sizes, and the slope through them.

Each contender has a fresh server, since a process gives little back that it once had. What every server has
once, however many are connected, is in no slope. A cycle that waits for the collector belongs to no idle
connection: it is collected before the reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import linear_regression
from typing import TYPE_CHECKING

import psutil

from bench.lineup import CONTROL, Entry

from .connection import Goal
from .generator import Manner
from .inside import asked
from .upgrade import NOT_DEFLATED

if TYPE_CHECKING:
    from .load import Rig

SIZES = (500, 2_000)
BEFORE = " (before authentication)"
_DEADLINE = "600"
"""Seconds that a client of the measured server may stay unknown."""


@dataclass(frozen=True, slots=True)
class Memory:
    """One contender, with or without compression. Bytes."""

    key: str
    deflate: bool
    """Whether the connections agreed on permessage-deflate."""
    sizes: tuple[int, ...]
    """Connections at each reading."""
    uss_bytes: tuple[int, ...]
    slope_bytes: float
    """Per connection."""
    over_none_bytes: float | None = None
    """Above control-none's, with the same compression."""
    failures: Mapping[str, int] = field(default_factory=dict)


def measure(rig: Rig, sizes: Sequence[int]) -> list[Memory]:
    """Every contender, and the strategies that accept first once more before they know whom."""
    found: list[Memory] = []
    for deflate in (False, True) if _deflates(rig) else (False,):
        those = list(subjects(rig.plan.entries))
        title = f"Connecting {', '.join(f'{size:,}' for size in sizes)}{' with deflate' if deflate else ''}"
        with rig.progress.phase(title, len(those)) as done:
            for key, entry, goal in those:
                found.append(replace(_one(rig, entry, Manner(goal, deflate, spread=True), sizes), key=key))
                done()
    return over_none(found)


def over_none(rows: Sequence[Memory]) -> list[Memory]:
    none = {row.deflate: row.slope_bytes for row in rows if row.key == CONTROL}
    return [
        row if row.deflate not in none else replace(row, over_none_bytes=row.slope_bytes - none[row.deflate])
        for row in rows
    ]


def subjects(entries: Sequence[Entry]) -> Iterator[tuple[str, Entry, Goal]]:
    """Name, contender, and how far its connections go."""
    for entry in entries:
        yield entry.key, entry, Goal.IN
    first = {one.pair.strategy_name: one for one in reversed(entries) if one.pair}
    for name, entry in first.items():
        if entry.pair and entry.pair.strategy.traits.accepts_first:
            yield name + BEFORE, entry, Goal.OPEN


def _deflates(rig: Rig) -> bool:
    """Whether the server agrees to compress."""
    control = [one for one in rig.plan.entries if one.key == CONTROL]
    rig.fill({CONTROL: [("", "")]}, Manner(Goal.OPEN, deflate=True))
    report = rig.connect(control[0].key, 1, 1)
    rig.generators.disperse()
    return NOT_DEFLATED not in report.tally.failures


def _one(rig: Rig, entry: Entry, manner: Manner, sizes: Sequence[int]) -> Memory:
    readings, failures, there = [], Counter[str](), 0
    with rig.another([entry], manner=manner, WSAUTH_DEADLINE=_DEADLINE) as running:
        process = psutil.Process(running.served.pid)
        for size in sizes:
            report = running.connect(entry.key, size - there, rig.plan.concurrency)
            failures.update(report.tally.failures)
            there = size
            running.settle()
            asked(running.served)
            readings.append(process.memory_full_info().uss)
        running.generators.disperse()
    slope = linear_regression(sizes, readings).slope
    return Memory(entry.key, manner.deflate, tuple(sizes), tuple(readings), slope, failures=failures)
