"""The raw tables of the report: what the figures are drawn from, with the command that made it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench.results import Latency, Results
from bench.storms import Closed, Storm
from bench.view import FORGED_MEANS, NONE, View, counted, milliseconds, readable

from .rates import WRONG, curves


@dataclass(frozen=True)
class Line:
    cells: list[str]
    aside: bool = False
    """Of a contender that is there for comparison."""


@dataclass(frozen=True)
class Table:
    """`id`: unlike that of any other on the page."""

    id: str
    title: str
    command: str
    columns: Sequence[str]
    rows: list[Line]
    note: str = ""


def tables(results: Results, view: View) -> list[Table]:
    pairs = counted(results)
    found = [_authenticated(results, view), _quantiles(results), _refused(results)]
    for number, storm in enumerate(results.storms, 1):
        found += _storm(storm, number, pairs)
    return [table for table in found if table.rows]


def _authenticated(results: Results, view: View) -> Table:
    columns = (
        "contender",
        "samples",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "× no auth",
        "95 % interval",
        "verdict",
        "wrong answers",
    )
    rows = [
        Line(
            [
                one.name,
                str(one.latency.samples),
                one.p50,
                one.p95,
                one.p99,
                one.ratio,
                one.interval,
                one.word,
                one.failures or "0",
            ],
            not one.counted,
        )
        for one in view.authenticated
    ]
    return Table("t-authenticated", "Time to authenticated", results.command, columns, rows, f"Noise: {view.noise}.")


def _quantiles(results: Results) -> Table:
    """Nine of those that the ridges are drawn from."""
    shares = (0, 5, 10, 25, 50, 75, 90, 95, 100)
    rows = [
        Line([readable(one.key), *(milliseconds(_at(one, share)) for share in shares)])
        for one in results.authenticated
        if one.quantiles
    ]
    note = "Of the samples as they are: where these are few, the outer ones mean little. results.json has 200 of each."
    columns = ("contender", *(f"{share} %, ms" for share in shares))
    return Table("t-quantiles", "How times to authenticated are spread", results.command, columns, rows, note)


def _at(one: Latency, percent: int) -> int:
    return one.quantiles[round(percent / 100 * (len(one.quantiles) - 1))]


def _refused(results: Results) -> Table:
    rows = [
        Line([readable(one.key), one.kind, str(one.samples), milliseconds(one.p50), milliseconds(one.p95), _wrong(one)])
        for one in results.refused
    ]
    columns = ("pair", "credential", "samples", "p50 ms", "p95 ms", "wrong answers")
    note = f"Malformed: text that is no credential; {FORGED_MEANS}."
    return Table("t-refused", "Time to refused", results.command, columns, rows, note)


def _wrong(one: Latency) -> str:
    return f"{len(one.failures)}: {one.failures[0]}" if one.failures else "0"


# ── many at once ─────────────────────────────────────────────────────────────────────────────────


def _storm(storm: Storm, number: int, pairs: set[str]) -> Iterator[Table]:
    about = f"{storm.server}, run {number}"
    yield Table(
        f"t-closed-{number}",
        f"Many at once: {about}",
        storm.command,
        ("contender", "rate/s", "× no auth", "95 % interval", "CPU µs", "added µs", "p50 ms", "p99 ms"),
        [_line(storm, row.key, pairs, *_many_at_once(row)) for row in storm.closed],
    )
    knees = {curve.key: curve.knee for curve in curves(storm)}
    yield Table(
        f"t-open-{number}",
        f"At a given rate: {about}",
        storm.command,
        ("contender", "offered/s", "achieved", "p50 ms", "p95 ms", "p99 ms", ""),
        [
            _line(
                storm,
                row.key,
                pairs,
                f"{row.rate:g}",
                f"{row.achieved:.3f}",
                _millis(row.p50),
                _millis(row.p95),
                _millis(row.p99),
                "highest rate kept pace with" if knees.get(row.key) is row else "",
            )
            for row in storm.open
        ],
    )
    yield Table(
        f"t-memory-{number}",
        f"Memory per idle connection: {about}",
        storm.command,
        ("contender", "deflate", "KiB", "above no auth"),
        [
            _line(
                storm, row.key, pairs, "yes" if row.deflate else "no", _kib(row.slope_bytes), _kib(row.over_none_bytes)
            )
            for row in storm.memory
        ],
    )


def _many_at_once(row: Closed) -> tuple[str, ...]:
    if row.rate is None:
        return (NONE,) * 7
    return (
        f"{row.rate:,.0f}",
        f"{row.ratio:.2f}",
        f"{row.low:.2f}–{row.high:.2f}",
        f"{row.cpu:,.0f}",
        f"{row.added_cpu:+,.0f}",
        _millis(row.p50),
        _millis(row.p99),
    )


def _line(storm: Storm, key: str, pairs: Iterable[str], *cells: str) -> Line:
    if key in storm.failures:
        cells = (WRONG, *[NONE] * (len(cells) - 1))
    return Line([readable(key), *cells], key not in pairs)


def _millis(micros: float | None) -> str:
    return NONE if micros is None else f"{micros / 1000:.1f}"


def _kib(size: float | None) -> str:
    return NONE if size is None else f"{size / 1024:.1f}"
