"""The figures of a kick as people read them, and as programs do."""

from __future__ import annotations

from io import TextIOBase
from typing import Any

from bench import reached
from bench.goals import Metric
from bench.judged import LEAST_ROUNDS, Figure, Judged, judged, scaled
from bench.reached import told, where
from bench.statistics import in_rounds
from bench.storm.report import lines_of

from .run import Plan, Results

CONNECTIONS, PROCESSES = 1_000, 2
"""Of which the goal is."""
RESAMPLES = 1_000


def show(plan: Plan, results: Results, command: str, out: TextIOBase) -> None:
    out.write(f"{command}\n{lines_of(results.facts)}\n\n")
    ended = len(results.seconds)
    out.write(f"{ended:,} of {plan.connections * plan.rounds:,} connections were told, and ended with 4410\n")
    figures = " · ".join(f"{name} {_millis(value)}" for name, value in _figures(results).items())
    out.write(f"from before the log-out to the close frame, ms: {figures}\n")
    out.write(f"the last one of each log-out, ms: {' '.join(map(_millis, results.last)) or '–'}\n")
    for why, times in results.wrong.items():
        out.write(f"WRONG: {why}, {times} times\n")
    reached.write(goals(plan, results), where(plan.server, results.facts), out)


def as_json(plan: Plan, results: Results, command: str) -> dict[str, Any]:
    return {
        "command": command,
        "facts": results.facts,
        "parameters": {
            "pair": plan.pair.key,
            **{name: getattr(plan, name) for name in ("server", "connections", "processes", "layer", "rounds")},
        },
        "ended": len(results.seconds),
        **_figures(results),
        "last": list(results.last),
        "wrong": dict(results.wrong),
        "goals": told(goals(plan, results)),
    }


def goals(plan: Plan, results: Results) -> list[Judged]:
    """Of many sockets on several processes. Where one ended otherwise, there is no p99."""
    if plan.connections < CONNECTIONS or plan.processes < PROCESSES:
        return []
    p99 = None if results.wrong else in_rounds(results.rounds, 0.99, resamples=RESAMPLES, seed=0)
    return judged([Figure(Metric.LOG_OUT, plan.pair.key, scaled(p99, 1000), plan.rounds >= LEAST_ROUNDS)], plan.server)


def _figures(results: Results) -> dict[str, float | None]:
    return {"p50": results.at(0.5), "p99": results.at(0.99), "max": max(results.seconds, default=None)}


def _millis(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1000:.0f}"
