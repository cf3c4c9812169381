"""A raw table of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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
