"""The correctness matrix as the page has it: cells that lead to what went over the wire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from bench.results import CaseRow, Results
from bench.view import CellView, RowView
from strategies.conformance import Outcome

CLASSES = {Outcome.EXPECTED: "ok", Outcome.WRONG: "wrong", Outcome.NOT_APPLICABLE: "na"}
MODES = {"handshake": "refusing by HTTP status", "close": "refusing by close code", "": ""}
ALIKE = "either way of refusing"


@dataclass(frozen=True)
class Shown:
    """A cell. `wire`: the number of its exchange on the page, 0 for none."""

    view: CellView
    wire: int

    @property
    def css(self) -> str:
        return CLASSES[self.view.outcome] + ("" if self.view.head.counted else " control")


@dataclass(frozen=True)
class Row:
    case: CaseRow
    cells: list[Shown]


@dataclass(frozen=True)
class Section:
    """Rows that belong together."""

    title: str
    rows: list[Row]


@dataclass(frozen=True)
class Exchange:
    """What one or more cells lead to: a text for each way of refusing."""

    number: int
    parts: list[tuple[str, str]]
    """Which way, and the text."""
    cells: list[str]
    """`case · contender` of each."""


@dataclass(frozen=True)
class Matrix:
    sections: list[Section]
    exchanges: list[Exchange]


def matrix(results: Results, rows: Iterable[RowView]) -> Matrix:
    wires = {(column.key, id): cell.wire for column in results.columns for id, cell in column.cells.items()}
    exchanges: dict[tuple[tuple[str, int], ...], Exchange] = {}

    def shown(case: CaseRow, cell: CellView) -> Shown:
        key = tuple(wires[cell.head.key, case.id].items())
        if not key:
            return Shown(cell, 0)
        one = exchanges.setdefault(key, Exchange(len(exchanges) + 1, _parts(dict(key), results.exchanges), []))
        one.cells.append(f"{case.id} · {cell.head.key}")
        return Shown(cell, one.number)

    made = [Row(row.case, [shown(row.case, cell) for cell in row.cells]) for row in rows]
    sections = [Section(title, list(those)) for title, those in groupby(made, key=lambda row: row.case.group)]
    return Matrix(sections, list(exchanges.values()))


def _parts(wire: dict[str, int], texts: list[str]) -> list[tuple[str, str]]:
    if len(wire) > 1 and len(set(wire.values())) == 1:
        return [(ALIKE, texts[next(iter(wire.values()))])]
    return [(MODES[mode], texts[place]) for mode, place in wire.items()]
