"""The list of threats with what each contender did about them, and where its credentials were found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.results import Cell, Column, Results
from bench.view import SYMBOLS, readable
from docs.markdown import Row, read_table
from strategies.conformance import Outcome

from .matrix import CLASSES

LIST = Path(__file__).resolve().parents[2] / "docs" / "threats.md"


@dataclass(frozen=True)
class Said:
    """What the cases of a threat say of a contender."""

    outcome: Outcome
    counted: bool

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.outcome]

    @property
    def css(self) -> str:
        return CLASSES[self.outcome]

    @property
    def na(self) -> bool:
        return self.outcome is Outcome.NOT_APPLICABLE


@dataclass(frozen=True)
class Threat:
    """A row of the table."""

    id: str
    attempt: str
    cases: list[str]
    said: list[Said]
    """In the order of the columns; empty where no case stands for it."""
    uncovered: str
    """What nothing shows yet."""


def threats(results: Results) -> list[Threat]:
    """All of them, those that no case stands for included."""
    covering: dict[str, list[str]] = {}
    for case in results.cases:
        covering.setdefault(case.threat, []).append(case.id)
    return [
        Threat(
            id=row["Id"],
            attempt=_plain(row["Attempt"]),
            cases=covering.get(row["Id"], []),
            said=_said(results.columns, covering.get(row["Id"], [])),
            uncovered=_plain(row["Not shown yet"]).strip("–") or "the project's own tests show it",
        )
        for row in _listed()
    ]


@cache
def _listed() -> list[Row]:
    return read_table(LIST.read_text("utf-8").partition("<!-- end -->")[0])


def _said(columns: Iterable[Column], ids: Sequence[str]) -> list[Said]:
    return [Said(together(column.cells[id] for id in ids), column.counted) for column in columns] if ids else []


def together(cells: Iterable[Cell]) -> Outcome:
    """One outcome of several: WRONG if any is, not applicable only where all are."""
    found = {Outcome(cell.outcome) for cell in cells}
    return next(one for one in (Outcome.WRONG, Outcome.EXPECTED, Outcome.NOT_APPLICABLE) if one in found)


def _plain(markdown: str) -> str:
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown).replace("`", "").replace("**", "")


# ── leaks ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class LeakView:
    name: str
    counted: bool
    in_url: bool
    credentials: int
    places: list[str]
    """Scope, answers, log: how the credential was found there, empty where it wasn’t."""


def leaks(results: Results) -> list[LeakView]:
    by_key = {column.key: column for column in results.columns}
    return [
        LeakView(
            readable(one.key),
            by_key[one.key].counted,
            by_key[one.key].traits["in_url"],
            one.credentials,
            [one.scope, one.answer, one.log],
        )
        for one in results.leaks
    ]
