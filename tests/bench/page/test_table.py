from __future__ import annotations

from bench.page.table import Line, Table


def test_a_line_is_of_a_contender_that_counts_and_a_table_has_no_note_unless_it_is_said() -> None:
    table = Table("t-x", "title", "make", ("contender",), [Line(["header × one"])])
    assert (table.rows[0].aside, table.note) == (False, "")
