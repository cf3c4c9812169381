"""The tables that a storm prints, one for each sort of row: columns, cells, and what they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.statistics import Ratio

from .counts import RTTS, Counts
from .figures import Row
from .lineup import REFERENCES
from .memory import Memory
from .queueing import Capacity, Open
from .reconnect import Reconnect
from .refusals import Recovery, Refusal

NONE = "–"


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    cells: Callable[[Any], tuple[str, ...]]
    """Of one row."""
    legend: str


def _closed(row: Row) -> tuple[str, ...]:
    return (
        row.key,
        _figure(row.rate),
        _interval(row.relative),
        _word(row),
        _figure(row.cpu),
        _figure(row.added_cpu, "+,.0f"),
        *(_interval(row.added.get(one)) for one in REFERENCES),
        _millis(row.p50),
        _millis(row.added_p50, "+.2f"),
        _millis(row.p99),
        _figure(row.generator),
    )


def _word(row: Row) -> str:
    """Only figures can be no more than noise."""
    if row.word:
        return row.word.value
    return "(noise)" if row.relative else NONE


def _open(row: Open) -> tuple[str, ...]:
    latencies = map(_millis, (row.p50, row.p95, row.p99, row.worst))
    overload = f"{sum(row.overload.values())}"
    cpu, generator = f"{row.cpu:,.0f}", f"{row.generator:,.0f}"
    return (row.key, f"{row.rate:g}", f"{row.achieved:.3f}", cpu, *latencies, overload, generator)


def _slo(row: Capacity) -> tuple[str, ...]:
    return (row.key, _figure(row.rate, "g"), "" if row.beyond or row.rate is None else "or more", f"{row.target_ms:g}")


def _memory(row: Memory) -> tuple[str, ...]:
    readings = " ".join(_kib(uss) for uss in row.uss_bytes)
    return (row.key, "yes" if row.deflate else "no", readings, _kib(row.slope_bytes, 1), _kib(row.over_none_bytes, 1))


def _reconnect(row: Reconnect) -> tuple[str, ...]:
    return (
        row.key,
        f"{row.back:,} of {row.connections:,}",
        f"{row.refusals:,}",
        f"{sum(row.failures.values()) - row.refusals:,}",
        f"{row.overflows:,}",
        _figure(row.connect_seconds, ".1f"),
        _figure(row.recovery_seconds, ".1f"),
        f"{row.cpu:,.0f}",
        *map(_figure, (row.p50_ms, row.p95_ms, row.p99_ms, row.worst_ms)),
    )


def _refusal(row: Refusal) -> tuple[str, ...]:
    return (row.key, row.kind, f"{row.rate:,.0f}", f"{row.cpu:,.0f}", *map(_millis, (row.p50, row.p95, row.p99)))


def _recovery(row: Recovery) -> tuple[str, ...]:
    times = (row.before_ms, row.during_ms, row.worst_ms, row.after_ms, row.recovered_ms)
    return (row.key, *(_figure(one, ".1f") for one in times))


def _counts(row: Counts) -> tuple[str, ...]:
    return (
        row.key,
        f"{row.queries:.2f}",
        f"{row.queries_under_storm:.2f}",
        f"{row.connections_opened:.2f}",
        f"{row.thread_hops:.2f}",
        f"{row.round_trips:g}",
        f"{row.bytes_up:,.0f}",
        f"{row.bytes_down:,.0f}",
        _figure(row.p50_ms, ".1f"),
        *(f"{row.modelled_ms[str(rtt)]:.0f}" if row.modelled_ms else NONE for rtt in RTTS),
    )


def _interval(of: Ratio | None) -> str:
    return NONE if of is None else f"{of.estimate:.2f} [{of.low:.2f} {of.high:.2f}]"


def _figure(value: float | None, layout: str = ",.0f") -> str:
    return NONE if value is None else format(value, layout)


def _millis(micros: float | None, layout: str = ".1f") -> str:
    return _figure(None if micros is None else micros / 1000, layout)


def _kib(size: float | None, digits: int = 0) -> str:
    return NONE if size is None else f"{size / 1024:,.{digits}f}"


TABLES: Mapping[str, Table] = {
    "rows": Table(
        (
            "contender",
            "rate/s",
            "× no auth [95 %]",
            "verdict",
            "CPU µs",
            "added µs",
            *(f"of {one}" for one in REFERENCES),
            "p50 ms",
            "added ms",
            "p99 ms",
            "load µs",
        ),
        _closed,
        """\
× no auth: connect rate over that of the neighbouring blocks of control-none. CPU: the server's, per handshake;
added: above control-none, and as a share of what a reference adds. p50, p99: from the intended start to the
proof. load: CPU of the generator per handshake. Rounds with a failure are left out; –: no round without.""",
    ),
    "opened": Table(
        ("contender", "offered/s", "achieved", "CPU µs", "p50 ms", "p95 ms", "p99 ms", "max ms", "overload", "load µs"),
        _open,
        """\
achieved: of what was offered, in that time. CPU: the server's, per handshake. Times from the intended start to
the proof. overload: refusals and silence, of a sweep. load: CPU of the generator per handshake.""",
    ),
    "slo": Table(
        ("contender", "capacity/s", "", "p99 ms ≤"),
        _slo,
        """\
capacity: the highest offered rate, all lower ones included, with that p99, at most 0.1 % errors, and 99 % of the
offered handshakes achieved. –: none of the rates, or too few handshakes for a p99.""",
    ),
    "memory": Table(
        ("contender", "deflate", "USS KiB", "KiB each", "above none"),
        _memory,
        """\
USS: the server's unique set size with so many idle connections. KiB each: the slope through these. above none:
beyond control-none's. What control-none (again) shows there is noise.""",
    ),
    "reconnects": Table(
        (
            "contender",
            "back",
            "refusals",
            "failures",
            "overflows",
            "connect s",
            "recovery s",
            "CPU µs",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "max ms",
        ),
        _reconnect,
        """\
back: authenticated again after all were cut off at once. Times from the intended start to the proof, waiting after
a refusal included; recovery: from the cut to the last proof, – unless all are back. overflows: of the listen queue.""",
    ),
    "refusals": Table(
        ("contender", "credential", "rate/s", "CPU µs", "p50 ms", "p95 ms", "p99 ms"),
        _refusal,
        "Times from the intended start to the refusal. CPU: the server's, per refusal.",
    ),
    "recovery": Table(
        ("control connection", "before", "during", "worst", "after", "recovered"),
        _recovery,
        """\
Milliseconds of an echo on the connection of a user who was let in before the bad credentials came: medians, and the
slowest while they were refused. recovered: from the last refusal to the first answer within twice the time of
before.""",
    ),
    "counts": Table(
        (
            "contender",
            "queries",
            "in a storm",
            "opened",
            "hops",
            "trips",
            "bytes up",
            "down",
            "p50 ms",
            *(f"RTT {rtt} ms" for rtt in RTTS),
        ),
        _counts,
        """\
Counted per handshake, one at a time and (in a storm) many at once. opened: database connections. hops: calls into
another thread. trips: waits for the server, from the upgrade request on. bytes: up to the proof, without packet
headers. RTT: modelled time to the proof, (trips + 1 for TCP) × RTT + p50.""",
    ),
}
"""By the field of `Results` that holds the rows."""
