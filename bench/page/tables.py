"""The raw tables of the report: what the figures are drawn from, with the command that made it."""

from __future__ import annotations

from bench.results import Latency, Results
from bench.view import FORGED_MEANS, View, milliseconds, readable

from . import goals, runs
from .table import Line, Table


def tables(results: Results, view: View) -> list[Table]:
    found = [
        _authenticated(results, view),
        _quantiles(results),
        _refused(results),
        goals.table(results),
        *runs.storms(results),
        *runs.kicks(results),
    ]
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
