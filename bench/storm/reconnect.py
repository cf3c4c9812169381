"""Everybody at once: so many idle connections are cut off, and all of them come back.

Each client draws its delay within the jitter, and its clock starts at the end of that delay. One that is
refused or gets no answer comes again, after a pause that doubles; every such answer is told.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bench.lineup import AGAIN, Entry
from bench.statistics import percentile

from .connection import is_refusal
from .generator import Manner, Report
from .host import state
from .loops import Tally

if TYPE_CHECKING:
    from .load import Rig

APPLICATION = "bench.storm.limited"


@dataclass(frozen=True, slots=True)
class Reconnect:
    """One contender. Times in seconds unless they say otherwise."""

    key: str
    connections: int
    jitter: float
    back: int
    """Who were there again in the end."""
    refusals: int
    """Answers that said no; who got one came again."""
    failures: Mapping[str, int]
    """All that went wrong, the refusals among it, and what went wrong before the cut."""
    overflows: int
    """Connections that a full listen queue turned away; their clients' kernels tried again."""
    connect_seconds: float | None
    """Until all were there for the first time; None when some never were, and so is the next."""
    recovery_seconds: float | None
    """From the cut to the last proof."""
    cpu: float
    """The server's microseconds per connection, cut and return together."""
    p50_ms: float | None
    """To the proof, from the intended start."""
    p95_ms: float | None
    p99_ms: float | None
    worst_ms: float


def measure(rig: Rig, connections: int, *, jitter: float, idle: float) -> list[Reconnect]:
    """Each contender on a fresh server."""
    found = []
    entries = [one for one in rig.plan.entries if one.key != AGAIN]
    with rig.progress.phase(f"{connections:,} connect, are cut off and come back", len(entries)) as done:
        for entry in entries:
            with rig.another([entry], APPLICATION, Manner(spread=True)) as running:
                found.append(_one(running, entry, connections, jitter, idle))
            done()
    return found


def _one(rig: Rig, entry: Entry, connections: int, jitter: float, idle: float) -> Reconnect:
    draw = random.Random(rig.plan.seed)  # not for secrets: the seed is printed
    delays = [draw.uniform(0, jitter) for _ in range(connections)]
    before = state()
    first = rig.connect(entry.key, connections, rig.plan.concurrency)
    rig.settle()
    rig.generators.rest(idle)
    rig.provide(entry.key, connections)
    come_back = partial(rig.generators.come_back, entry.key, delays, rig.plan.seconds, rig.issuer(entry.key))
    report, cpu = rig.measured(come_back)
    overflows = state().overflows - before.overflows
    return reconnect(entry.key, delays, jitter, (first, report), cpu=cpu, overflows=overflows)


def reconnect(
    key: str, delays: Sequence[float], jitter: float, reports: tuple[Report, Report], *, cpu: float, overflows: int
) -> Reconnect:
    """`reports`: of the first connecting and of the return."""
    first, tally = reports[0].tally, reports[1].tally
    quantile = {q: percentile(tally.seconds, q) for q in (0.5, 0.95, 0.99)}
    millis = {q: None if seconds is None else seconds * 1000 for q, seconds in quantile.items()}
    return Reconnect(
        key=key,
        connections=len(delays),
        jitter=jitter,
        back=len(tally.seconds),
        refusals=sum(map(is_refusal, tally.failures)),
        failures=Counter([*first.failures, *tally.failures]),
        overflows=overflows,
        connect_seconds=_until_all(first, len(delays)),
        recovery_seconds=_until_all(tally, len(delays)),
        cpu=cpu / max(1, len(delays)) * 1e6,
        p50_ms=millis[0.5],
        p95_ms=millis[0.95],
        p99_ms=millis[0.99],
        worst_ms=max(tally.seconds, default=0.0) * 1000,
    )


def _until_all(tally: Tally, connections: int) -> float | None:
    """The fewer there are, the sooner the last of them is there: that is no figure."""
    return tally.elapsed if len(tally.seconds) == connections else None
