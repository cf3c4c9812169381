from __future__ import annotations

from dataclasses import fields, replace

import pytest

from bench.statistics import Ratio
from bench.storm.counts import Counts
from bench.storm.load import Results
from bench.storm.memory import Memory
from bench.storm.queueing import Capacity, Open
from bench.storm.reconnect import Reconnect
from bench.storm.refusals import Recovery, Refusal
from bench.storm.tables import TABLES
from tests.bench.storm.test_report import ROW

COUNTS = Counts(
    "ours", 1, 0.03, Ratio(0.03, 0.02, 0.05), 0, 2, 1, 250, 220, 1.5, {"20": 41.5, "50": 101.5, "100": 201.5}
)
ROWS = {
    "rows": (ROW, "0.90 [0.85 0.95]"),
    "opened": (Open("ours", 100, 99, {}, 0.99, 500, 70, 1_500, None, None, 9_000, {"HTTP 503": 3}), "3"),
    "slo": (Capacity("ours", 100, 400, beyond=False), "or more"),
    "memory": (Memory("ours", True, (500, 2_000), (10_240, 20_480), 2_048, 1_024), "2.0"),
    "reconnects": (
        Reconnect("ours", 50, 0, 40, 3, {"HTTP 503": 3, "x": 2}, 0, 1, 2, 9, None, None, None, 7),
        "40 of 50",
    ),
    "refusals": (Refusal("ours", "unknown", 30, {}, 99, 500, 10_000, None, None), "10.0"),
    "recovery": (Recovery("ours", 1.0, 2.0, 30.0, 1.0, None), "30.0"),
    "counts": (COUNTS, "0.03"),
}


def test_every_part_of_the_results_has_its_table() -> None:
    assert TABLES.keys() == {one.name for one in fields(Results)} - {"facts"} == ROWS.keys()


@pytest.mark.parametrize("name", TABLES)
def test_a_cell_a_column(name: str) -> None:
    row, cell = ROWS[name]
    cells = TABLES[name].cells(row)
    assert len(cells) == len(TABLES[name].columns)
    assert cells[0] == row.key
    assert cell in cells


def test_what_is_not_known_is_a_dash() -> None:
    assert "–" in TABLES["slo"].cells(Capacity("ours", 100, None, beyond=True))
    assert "–" in TABLES["recovery"].cells(ROWS["recovery"][0])


def test_a_contender_without_figures_has_dashes_and_no_word() -> None:
    names = ("rate", "relative", "word", "cpu", "cpu_interval", "added_cpu", "generator", "added_p50", "p50")
    cells = TABLES["rows"].cells(replace(ROW, added={}, **dict.fromkeys(names)))
    assert set(cells[1:]) == {"–"}
    assert TABLES["rows"].cells(replace(ROW, word=None))[3] == "(noise)"


def test_a_return_of_some_has_no_time() -> None:
    row = replace(ROWS["reconnects"][0], connect_seconds=None, recovery_seconds=None)
    assert TABLES["reconnects"].cells(row)[5:7] == ("–", "–")
