from __future__ import annotations

from bench.page.runs import TITLES, kicks, storms
from bench.page.table import Table
from tests.bench import made


def found(**changes: object) -> dict[str, Table]:
    return {table.id: table for table in storms(made.results(storms=[made.storm(**changes)])) if table.rows}


def test_each_kind_has_the_table_that_its_command_prints() -> None:
    tables = found()
    assert tables.keys() == {f"t-{kind}-1" for kind in TITLES}
    for table in tables.values():
        assert table.note
        assert "daphne, sqlite 3" in table.title
        assert len(table.columns) == len(set(table.columns)) or table.id.startswith(("t-slo", "t-closed"))
        assert all(len(row.cells) == len(table.columns) for row in table.rows)
    assert tables["t-memory-1"].rows[0].cells[0] == "header × one"
    assert [row.aside for row in tables["t-closed-1"].rows] == [False, False, True, True]


def test_who_gave_wrong_answers_has_no_figure() -> None:
    tables = {table.id: table for table in storms(made.results(storms=[made.failing_storm()]))}
    for name in ("t-closed-1", "t-open-1", "t-memory-1", "t-counts-1"):
        for row in tables[name].rows:
            if row.cells[0] == "header × one":
                assert row.cells[1:] == ["wrong answers", *["–"] * (len(tables[name].columns) - 2)]
            else:
                assert "wrong answers" not in row.cells


def test_a_return_tells_its_failures_itself() -> None:
    tables = {table.id: table for table in storms(made.results(storms=[made.failing_storm()]))}
    assert tables["t-reconnects-1"].rows[0].cells[:3] == ["header × one", "300 of 300", "0"]


def test_each_kick_has_a_table_with_its_command() -> None:
    first, second = kicks(made.results(kicks=[made.kick(), made.kick(command="manage.py kick --server uvicorn")]))
    assert (first.id, second.id, second.command) == ("t-log-outs-1", "t-log-outs-2", "manage.py kick --server uvicorn")
    assert first.rows[0].cells == [
        "2 × daphne, sqlite 3 (1)",
        "1,000",
        "6",
        "pubsub",
        "6,000",
        "0",
        "41",
        "83",
        "91",
        "90 91",
    ]
