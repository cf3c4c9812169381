"""A storm's figures as people read them, and as programs do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, TextIO

from bench.columns import aligned
from bench.statistics import Ratio

from .figures import Row
from .lineup import REFERENCES
from .load import Plan, Results
from .queueing import Open

_CLOSED = (
    "contender",
    "rate/s",
    "× no auth [95 %]",
    "",
    "CPU µs",
    "added",
    *(f"of {one}" for one in REFERENCES),
    "p50 ms",
    "added",
    "p99 ms",
    "load µs",
)
_OPEN = ("contender", "achieved", "CPU µs", "p50 ms", "p95 ms", "p99 ms", "max ms", "load µs")
LEGEND = """\
× no auth: connect rate over that of the neighbouring blocks of control-none. CPU: the server's, per handshake;
added: above control-none, and as a share of what a reference adds. p50, p99: from the intended start to the
proof. load: CPU of the generator per handshake."""


def show(plan: Plan, results: Results, command: str, out: TextIO) -> None:
    """The table, what ran where, and what went wrong."""
    table = [_CLOSED, *map(_closed, results.rows)] if results.rows else [_OPEN, *map(_open, results.opened)]
    out.write(f"{command}\n{line_of(results.facts)}\n\n")
    out.writelines(f"{line}\n" for line in aligned(table))
    out.write(f"\n{LEGEND}\n")
    failures = {row.key: row.failures for row in results.rows} | {row.key: row.failures for row in results.opened}
    for key, kinds in failures.items():
        for why, times in kinds.items():
            out.write(f"WRONG {key}: {why}, {times} times\n")


def as_json(plan: Plan, results: Results, command: str) -> dict[str, Any]:
    return {
        "command": command,
        "facts": dict(results.facts),
        "parameters": {
            "server": plan.server,
            "seed": plan.seed,
            "concurrency": plan.concurrency,
            "block": plan.block,
            "people": plan.people,
            "generators": plan.generators,
            "rate": plan.rate,
        },
        "closed": [asdict(row) for row in results.rows],
        "open": [asdict(row) for row in results.opened],
    }


def _closed(row: Row) -> tuple[str, ...]:
    return (
        row.key,
        f"{row.rate:,.0f}",
        _interval(row.relative),
        row.word.value if row.word else "(noise)",
        f"{row.cpu:,.0f}",
        f"{row.added_cpu:+,.0f}",
        *(_interval(row.added.get(one)) for one in REFERENCES),
        _millis(row.p50),
        f"{row.added_p50 / 1000:+.2f}",
        _millis(row.p99),
        f"{row.generator:,.0f}",
    )


def _open(row: Open) -> tuple[str, ...]:
    latencies = map(_millis, (row.p50, row.p95, row.p99, row.worst))
    return (row.key, f"{row.achieved:.3f}", f"{row.cpu:,.0f}", *latencies, f"{row.generator:,.0f}")


def _interval(of: Ratio | None) -> str:
    return "–" if of is None else f"{of.estimate:.2f} [{of.low:.2f} {of.high:.2f}]"


def _millis(micros: float | None) -> str:
    return "–" if micros is None else f"{micros / 1000:.1f}"


def line_of(facts: Mapping[str, Any]) -> str:
    return " · ".join(_words(facts.items()))


def _words(facts: Iterable[tuple[str, Any]]) -> Iterable[str]:
    return (f"{name.replace('_', ' ')} {value}" for name, value in facts)
