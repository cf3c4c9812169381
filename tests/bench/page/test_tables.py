from __future__ import annotations

from bench.page.tables import Table, tables
from bench.view import view
from tests.bench import made


def found(**changes: object) -> dict[str, Table]:
    results = made.results(**changes)
    return {table.id: table for table in tables(results, view(results))}


def test_every_table_has_its_command_and_full_rows() -> None:
    for table in found(storms=[made.storm()], kicks=[made.kick()]).values():
        assert table.command.startswith("manage.py ")
        assert table.rows
        assert all(len(row.cells) == len(table.columns) for row in table.rows)


def test_times_with_their_words_and_failures() -> None:
    table = found()["t-authenticated"]
    assert table.rows[0].cells == ["header × one", "200", "2.00", "3.00", "–", "1.50", "1.40–1.60", "slower", "0"]
    assert [row.aside for row in table.rows] == [False, False, True, True]
    failing = found(authenticated=made.failing().authenticated)["t-authenticated"]
    assert failing.rows[0].cells[-1] == "1 wrong: refused (HTTP 403)"


def test_quantiles_run_from_the_least_to_the_greatest() -> None:
    cells = found()["t-quantiles"].rows[0].cells
    assert (cells[1], cells[-1]) == ("1.50", "3.49")


def test_refusals_by_kind() -> None:
    rows = [row.cells for row in found()["t-refused"].rows]
    assert rows == [
        ["header × one", "malformed", "200", "2.00", "3.00", "0"],
        ["header × one", "forged", "200", "2.00", "–", "0"],
    ]
    wrong = found(refused=[made.latency("header/one", "forged", failures=["let in"] * 2)])["t-refused"]
    assert wrong.rows[0].cells[-1] == "2: let in"


def test_what_was_given_has_tables_of_its_own() -> None:
    assert len(found()) == 3
    tables = found(storms=[made.storm(), made.storm()], kicks=[made.kick()], benched=[made.benched()])
    assert len(tables) == 3 + 1 + 2 * 8 + 1
    assert {"t-goals", "t-closed-2", "t-log-outs-1"} <= tables.keys()
