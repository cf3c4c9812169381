"""The figures of a storm that goals are of, and what came of these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.goals import AT_ONCE, Metric
from bench.judged import LEAST_ROUNDS, Figure, Judged, exactly, judged, scaled
from bench.lineup import AGAIN
from bench.statistics import Ratio

from .figures import Row
from .lineup import STACK, TUTORIAL
from .load import Plan, Results
from .memory import Memory

CROWD = 10_000
"""Connections that the goal of a return is of."""


def goals(plan: Plan, results: Results) -> list[Judged]:
    """Whoever gave a wrong answer has no figure to judge."""
    failed = {key for key, _, _ in results.failures}
    figures = [
        Figure(one.metric, one.key) if one.key.partition(" (")[0] in failed and one.metric is not Metric.RETURN else one
        for one in _figures(plan, results)
    ]
    return judged(figures, plan.server)


def _figures(plan: Plan, results: Results) -> Iterator[Figure]:
    if plan.concurrency == AT_ONCE:
        for row in results.rows:
            yield from _closed(row)
        for counted in results.counts:
            yield Figure(Metric.QUERIES, counted.key, counted.queries_interval)
    for held in results.memory:
        name = f"{held.key} (deflate)" if held.deflate else held.key
        yield Figure(Metric.MEMORY, name, _memory(held, results.memory))
    for back in results.reconnects:
        if back.connections >= CROWD:
            yield Figure(Metric.RETURN, back.key, exactly(sum(back.failures.values())))


def _closed(row: Row) -> Iterator[Figure]:
    enough = row.rounds >= LEAST_ROUNDS
    yield Figure(Metric.CPU_OF_TUTORIAL, row.key, row.added.get(TUTORIAL), enough)
    yield Figure(Metric.CPU_OF_STACK, row.key, row.added.get(STACK), enough)
    yield Figure(Metric.CPU_OVER_TWIN, row.key, row.over_twin, enough)
    yield Figure(Metric.RATE, row.key, row.relative, enough)


def _memory(held: Memory, every: Sequence[Memory]) -> Ratio | None:
    """KiB, give or take what the control shows above itself: one slope has no other interval."""
    noise = [one.over_none_bytes for one in every if (one.key, one.deflate) == (AGAIN, held.deflate)]
    if held.over_none_bytes is None or not noise or noise[0] is None:
        return None
    value, beside = held.over_none_bytes, abs(noise[0])
    return scaled(Ratio(value, value - beside, value + beside), 1 / 1024)
