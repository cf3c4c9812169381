"""Tables of Markdown, read and written. Needs nothing but text."""

from __future__ import annotations

import re
from collections.abc import Iterable

MISSING_PROSE = "(to be written)"

Row = dict[str, str]


def table(columns: Iterable[str], rows: Iterable[Row], present: str) -> str:
    """A Markdown table of `rows`; cells that a row lacks are taken from the row of `present` with its first cell."""
    names = list(columns)
    kept = {row[names[0]]: row for row in read_table(present) if names[0] in row}
    lines = [names, ["---"] * len(names)]
    for row in rows:
        old = kept.get(row[names[0]], {})
        lines.append([row.get(name) or old.get(name) or MISSING_PROSE for name in names])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def read_table(text: str) -> list[Row]:
    """The rows of the first Markdown table in a text, by column."""
    lines = [cells(line) for line in text.splitlines() if line.startswith("|")]
    return [dict(zip(lines[0], line, strict=False)) for line in lines[2:]] if lines else []


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
