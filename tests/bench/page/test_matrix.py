from __future__ import annotations

from bench.page.matrix import ALIKE, matrix
from bench.results import Cell
from bench.view import view
from tests.bench import made


def test_rows_stand_in_their_sections_and_cells_lead_to_their_exchange() -> None:
    results = made.results()
    found = matrix(results, view(results).rows)
    assert [(one.title, [row.case.id for row in one.rows]) for one in found.sections] == [
        ("who gets in", ["valid"]),
        ("the first message", ["silence"]),
    ]
    first, second = (one.rows[0].cells for one in found.sections)
    assert [cell.wire for cell in first] == [1, 1, 2]
    assert [cell.wire for cell in second] == [0, 1, 0]
    assert [cell.css for cell in first] == ["ok", "ok", "wrong control"]
    assert second[0].css == "na"


def test_an_exchange_stands_once_with_all_its_cells() -> None:
    results = made.results()
    one, other = matrix(results, view(results).rows).exchanges
    assert one.cells == ["valid · header/one", "valid · cookie/two", "silence · cookie/two"]
    assert [mode for mode, _ in one.parts] == ["refusing by HTTP status", "refusing by close code"]
    assert other.parts == [("", made.EXCHANGES[1])]


def test_equal_ways_of_refusing_are_told_once() -> None:
    alike = Cell(made.EXPECTED, wire={"handshake": 1, "close": 1})
    results = made.results(columns=[made.column("header/one", alike, made.NA)])
    (only,) = matrix(results, view(results).rows).exchanges
    assert only.parts == [(ALIKE, made.EXCHANGES[1])]
