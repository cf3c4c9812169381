"""The figures of a kick as people read them, and as programs do."""

from __future__ import annotations

from typing import Any, TextIO

from bench.storm.report import lines_of

from .run import Plan, Results


def show(plan: Plan, results: Results, command: str, out: TextIO) -> None:
    out.write(f"{command}\n{lines_of(results.facts)}\n\n")
    ended = len(results.seconds)
    out.write(f"{ended:,} of {plan.connections * plan.rounds:,} connections were told, and ended with 4410\n")
    figures = " · ".join(f"{name} {_millis(value)}" for name, value in _figures(results).items())
    out.write(f"from before the log-out to the close frame, ms: {figures}\n")
    out.write(f"the last one of each log-out, ms: {' '.join(map(_millis, results.last)) or '–'}\n")
    for why, times in results.wrong.items():
        out.write(f"WRONG: {why}, {times} times\n")


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
    }


def _figures(results: Results) -> dict[str, float | None]:
    return {"p50": results.at(0.5), "p99": results.at(0.99), "max": max(results.seconds, default=None)}


def _millis(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1000:.0f}"
