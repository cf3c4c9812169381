"""The results as tables of text, as wide as the terminal; plain text where there is none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from strategies.conformance import Outcome

from .reached import lines, where
from .results import Results
from .view import FORGED_MEANS, LEGEND, Head, View, grouped, view

_STYLES = {Outcome.EXPECTED: "green", Outcome.WRONG: "bold red", Outcome.NOT_APPLICABLE: "dim"}
_WIDE = 132
"""Columns from which the titles of the cases have room beside their ids."""
_PLAIN_WIDTH = 160


def show(results: Results, report: Path, stream: TextIO, *, reasons: bool = False) -> None:
    console = _console(stream)
    shown = view(results)
    console.print(_matrix(shown, wide=console.width >= _WIDE))
    for line in _legend(shown.heads):
        console.print(line, style="dim")
    if reasons:
        _print_reasons(console, shown)
    elif results.wrong_cells:
        _print_reasons(console, shown, wrong_only=True)
    console.print()
    console.print(_authenticated(shown))
    console.print(_refused(shown))
    console.print(f"{FORGED_MEANS}.", style="dim")
    for line in lines(results.goals, where(results.parameters["server"], results.versions)):
        console.print(line, style="dim" if line.startswith("  ") else "")
    console.print()
    console.print(shown.sentence, style="bold red" if not results.passed else "bold green")
    console.print(f"{results.seconds:.0f} s in all; seed {results.parameters['seed']}; report: {report / 'index.html'}")


def _console(stream: TextIO) -> Console:
    """Off a terminal nothing is cut: a log has no width."""
    plain = "NO_COLOR" in os.environ or not stream.isatty()
    width = None if stream.isatty() or "COLUMNS" in os.environ else _PLAIN_WIDTH
    return Console(
        file=stream,
        highlight=False,
        markup=False,
        soft_wrap=False,
        width=width,
        color_system=None if plain else "auto",
        force_terminal=False if plain else None,
    )


# ── verdicts ─────────────────────────────────────────────────────────────────────────────────────


def _matrix(shown: View, *, wide: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 0), pad_edge=False)
    table.add_column("case ", no_wrap=True)
    if wide:
        table.add_column("", no_wrap=True, overflow="ellipsis", ratio=1)
    for head in shown.heads:
        table.add_column(f"{head.short_group}\n{head.short_name}", justify="center", no_wrap=True)
    for row in shown.rows:
        cells = [Text(cell.symbol, _style(cell.outcome, cell.head)) for cell in row.cells]
        title = [Text(f" {row.case.title} ")] if wide else []
        table.add_row(Text(f"{row.case.id} ", "bold red" if row.is_wrong else ""), *title, *cells)
    return table


def _style(outcome: Outcome, head: Head) -> str:
    """A control's wrong cells are what it is there for, no alarm."""
    return "yellow" if outcome is Outcome.WRONG and not head.counted else _STYLES[outcome]


def _legend(heads: list[Head]) -> list[str]:
    pairs = [head for head in heads if head.counted]
    strategies = [f"{group.short} {group.name}" for group in grouped(pairs)]
    backends = list(dict.fromkeys(f"{head.short_name} {head.name}" for head in pairs))
    controls = [f"{head.short_name} {head.name}" for head in heads if not head.counted]
    return [
        f"{' · '.join(strategies)}; {' · '.join(backends)}",
        f"{LEGEND}; reasons: --reasons",
        f"for comparison, not counted in the exit code: {' · '.join(controls)}",
    ]


def _print_reasons(console: Console, shown: View, *, wrong_only: bool = False) -> None:
    counted = {head.key for head in shown.heads if head.counted}
    console.print()
    for one in shown.reasons:
        if wrong_only and (one.outcome is not Outcome.WRONG or not counted & set(one.keys)):
            continue
        console.print(f"{one.case.id}: {one.outcome.value}: {one.reason}", style=_STYLES[one.outcome])
        console.print(f"    {', '.join(one.keys)}", style="dim")


# ── latencies ────────────────────────────────────────────────────────────────────────────────────


def _figures(title: str, *numbers: str) -> Table:
    """A table whose last column alone gives way on a narrow terminal: numbers are never cut."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("contender", no_wrap=True)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    return table


def _authenticated(shown: View) -> Table:
    title = f"time to authenticated, ms; noise {shown.noise}"
    table = _figures(title, "p50", "p95", "× none", "95 % interval")
    for one in shown.authenticated:
        said = Text(one.failures, "bold red") if one.failures else Text(one.word)
        table.add_row(one.name, one.p50, one.p95, one.ratio, one.interval, said, style="" if one.counted else "dim")
    return table


def _refused(shown: View) -> Table:
    """Both kinds of bad credential side by side."""
    kinds = shown.refused[0].by_kind
    table = _figures("time to refused, ms", *(name for kind in kinds for name in (f"{kind} p50", "p95")))
    for one in shown.refused:
        cells = [text for times in one.by_kind.values() for text in times]
        table.add_row(one.name, *cells, Text(one.failures, "bold red"))
    return table
