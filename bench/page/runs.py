"""The raw tables of runs that the report was given: those that the commands print."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.reached import where
from bench.results import Results
from bench.storm.report import NAMES
from bench.storm.tables import TABLES
from bench.storms import Storm
from bench.view import NONE, counted, readable

from .bars import WRONG, ms, place_of
from .table import Line, Table

TITLES = {
    "closed": "Many at once",
    "open": "At a given rate",
    "slo": "Capacity",
    "memory": "Memory per idle connection",
    "reconnects": "Everybody cut off, and back",
    "refusals": "Bad credentials",
    "recovery": "A user who is in, beside bad credentials",
    "counts": "What a handshake takes",
}
"""By the field of a storm."""
UNMASKED = ("reconnects", "slo")
"""Where failures are figures themselves, or there are none."""


def storms(results: Results) -> Iterator[Table]:
    pairs = counted(results)
    for number, storm in enumerate(results.storms, 1):
        for field, table in TABLES.items():
            name = NAMES.get(field, field)
            rows = [_line(storm, name, row, table.cells(row), pairs) for row in getattr(storm, name)]
            title = f"{TITLES[name]}: run {number}, {where(storm.server, storm.facts)}"
            yield Table(f"t-{name}-{number}", title, storm.command, table.columns, rows, table.legend)


def _line(storm: Storm, name: str, row: Any, cells: tuple[str, ...], pairs: set[str]) -> Line:
    _, *figures = cells
    if name not in UNMASKED and row.key in storm.failures:
        figures = [WRONG, *[NONE] * (len(figures) - 1)]
    return Line([readable(row.key), *figures], row.key not in pairs)


def kicks(results: Results) -> Iterator[Table]:
    """One table for each, since each has a command of its own."""
    columns = (
        "run",
        "connections",
        "log-outs",
        "layer",
        "ended",
        "wrong",
        "p50 ms",
        "p99 ms",
        "max ms",
        "last of each, ms",
    )
    for number, kick in enumerate(results.kicks, 1):
        size = kick.parameters
        cells = [
            f"{place_of(kick)} ({number})",
            f"{size.connections:,}",
            str(size.rounds),
            size.layer,
            f"{kick.ended:,}",
            f"{sum(kick.wrong.values()):,}",
            *map(ms, (kick.p50, kick.p99, kick.max)),
            " ".join(map(ms, kick.last)),
        ]
        yield Table(f"t-log-outs-{number}", f"Log-outs: run {number}", kick.command, columns, [Line(cells)])
