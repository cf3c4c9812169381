"""What a reader is shown of results, in words and order, whatever it is printed on. `terminal` and `html` print it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, count, groupby

from strategies.conformance import Outcome

from .results import CaseRow, Column, Latency, Results

SYMBOLS = {Outcome.EXPECTED: "ok", Outcome.WRONG: "WRONG", Outcome.NOT_APPLICABLE: "·"}
LEGEND = "ok as expected in both refuse modes · WRONG not as expected · “·” not applicable"
NONE = "–"
"""Printed for a number that the samples can't carry."""
FORGED_MEANS = "forged: a credential of the right form that is unknown, or tampered with where nobody is asked"


@dataclass(frozen=True)
class Head:
    """A column of the matrix."""

    key: str
    group: str
    """The strategy; for controls what they have in common."""
    name: str
    """The backend, or the control."""
    short_group: str
    short_name: str
    counted: bool


@dataclass(frozen=True)
class CellView:
    head: Head
    symbol: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True)
class RowView:
    case: CaseRow
    cells: list[CellView]

    @property
    def is_wrong(self) -> bool:
        return any(cell.outcome is Outcome.WRONG and cell.head.counted for cell in self.cells)


@dataclass(frozen=True)
class ReasonView:
    """One reason for one case, and everyone it holds for."""

    case: CaseRow
    outcome: Outcome
    reason: str
    keys: list[str]

    @property
    def is_wrong(self) -> bool:
        return self.outcome is Outcome.WRONG


@dataclass(frozen=True)
class LatencyView:
    """A row of the table of latencies, in milliseconds, as text."""

    name: str
    counted: bool
    latency: Latency
    p50: str
    p95: str
    p99: str
    ratio: str
    interval: str
    word: str
    failures: str
    """How many measurements failed and the first one's reason; empty for none."""


@dataclass(frozen=True)
class RefusedView:
    """A pair's times to refused, by kind of bad credential."""

    name: str
    by_kind: dict[str, tuple[str, str]]
    """p50 and p95."""
    failures: str


@dataclass(frozen=True)
class View:
    """Everything that is printed, from top to bottom."""

    results: Results
    sentence: str
    heads: list[Head]
    rows: list[RowView]
    reasons: list[ReasonView]
    authenticated: list[LatencyView]
    refused: list[RefusedView]
    noise: str

    @property
    def groups(self) -> list[Group]:
        return grouped(self.heads)


def view(results: Results) -> View:
    found = heads(results.columns)
    rows = [_row(case, results.columns, found) for case in results.cases]
    return View(
        results=results,
        sentence=sentence(results),
        heads=found,
        rows=rows,
        reasons=[reason for row in rows for reason in _reasons(row)],
        authenticated=[_latency(one, results) for one in results.authenticated],
        refused=_refused(results.refused),
        noise=_noise(results),
    )


def sentence(results: Results) -> str:
    """The verdict in one line."""
    pairs = [column for column in results.columns if column.counted]
    cells = [cell for column in pairs for cell in column.cells.values()]
    applicable = sum(cell.outcome != Outcome.NOT_APPLICABLE for cell in cells)
    wrong, failed = len(results.wrong_cells), results.failed_measurements
    if wrong:
        start = f"{wrong:,} of {applicable:,} verdicts {'is' if wrong == 1 else 'are'} WRONG"
    else:
        who = "The pair behaves" if len(pairs) == 1 else f"All {len(pairs)} pairs behave"
        start = f"{who} as expected: {applicable:,} verdicts over real sockets, none wrong"
    if failed:
        measurements = "measurement" if failed == 1 else "measurements"
        return f"{start}; {failed:,} {measurements} got a wrong answer."
    return f"{start}{_price(results)}."


def _price(results: Results) -> str:
    """From the cheapest to the dearest pair, against no authentication."""
    pairs = counted(results)
    ratios = sorted((one.ratio, one.key) for one in results.authenticated if one.key in pairs and one.ratio)
    if not ratios:
        return ""
    (low, cheapest), (high, dearest) = ratios[0], ratios[-1]
    span = f"{low:.2f}× ({readable(cheapest)})"
    if len(ratios) > 1:
        span += f" to {high:.2f}× ({readable(dearest)})"
    return f"; time to authenticated is {span} that of no authentication, with a noise of {_noise(results)}"


def _noise(results: Results) -> str:
    return f"{(results.noise - 1) * 100:.1f} %" if results.noise else NONE


def counted(results: Results) -> set[str]:
    """The keys of the pairs: all others are there for comparison."""
    return {column.key for column in results.columns if column.counted}


def readable(key: str) -> str:
    return key.replace("/", " × ")


# ── the matrix ───────────────────────────────────────────────────────────────────────────────────

CONTROLS = "for comparison"


def heads(columns: Iterable[Column]) -> list[Head]:
    """With short names that are unique among strategies, and among backends and controls."""
    split = [(column, *_halves(column)) for column in columns]
    strategies = short_names(group for _, group, _ in split)
    names = short_names(name for _, _, name in split)
    return [
        Head(column.key, group, name, strategies[group].upper() if column.counted else "", names[name], column.counted)
        for column, group, name in split
    ]


def _halves(column: Column) -> tuple[str, str]:
    if not column.counted:
        return CONTROLS, column.key
    strategy, _, backend = column.key.partition("/")
    return strategy, backend


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Initials of the words of each name, with as many letters of the first as keep them apart, or a number."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(names):
        first, *rest = name.lower().replace("-", "_").replace(" ", "_").split("_")
        tail = "".join(word[:1] for word in rest)
        letters = (first[:length] + tail for length in range(1, len(first) + 1))
        numbers = (f"{first[:1]}{number}" for number in count(2))
        found[name] = next(one for one in chain(letters, numbers) if one not in found.values())
    return found


@dataclass(frozen=True)
class Group:
    """A run of columns that belong together."""

    name: str
    short: str
    heads: list[Head]


def grouped(heads: Iterable[Head]) -> list[Group]:
    runs = groupby(heads, key=lambda head: (head.group, head.short_group))
    return [Group(name, short, list(members)) for (name, short), members in runs]


def _row(case: CaseRow, columns: Iterable[Column], found: Iterable[Head]) -> RowView:
    cells = []
    for head, column in zip(found, columns, strict=True):
        cell = column.cells[case.id]
        outcome = Outcome(cell.outcome)
        cells.append(CellView(head, SYMBOLS[outcome], outcome, cell.reason))
    return RowView(case, cells)


def _reasons(row: RowView) -> list[ReasonView]:
    """Wrong ones first."""
    keys: dict[tuple[Outcome, str], list[str]] = {}
    for cell in row.cells:
        if cell.outcome is not Outcome.EXPECTED:
            keys.setdefault((cell.outcome, cell.reason), []).append(cell.head.key)
    ordered = sorted(keys.items(), key=lambda item: item[0][0] is not Outcome.WRONG)
    return [ReasonView(row.case, outcome, reason, held_by) for (outcome, reason), held_by in ordered]


# ── latencies ────────────────────────────────────────────────────────────────────────────────────


def _latency(one: Latency, results: Results) -> LatencyView:
    return LatencyView(
        name=readable(one.key),
        counted=one.key in counted(results),
        latency=one,
        p50=milliseconds(one.p50),
        p95=milliseconds(one.p95),
        p99=milliseconds(one.p99),
        ratio=f"{one.ratio:.2f}" if one.ratio else NONE,
        interval=f"{one.low:.2f}–{one.high:.2f}" if one.low and one.high else NONE,
        word=one.word or ("noise floor" if one.ratio else "reference" if one.kind == "authenticated" else ""),
        failures=_failures(one),
    )


def milliseconds(micros: int | None) -> str:
    return NONE if micros is None else f"{micros / 1_000:.2f}"


def _refused(found: Iterable[Latency]) -> list[RefusedView]:
    by_key: dict[str, list[Latency]] = {}
    for one in found:
        by_key.setdefault(one.key, []).append(one)
    return [
        RefusedView(
            readable(key),
            {one.kind: (milliseconds(one.p50), milliseconds(one.p95)) for one in kinds},
            next((_failures(one) for one in kinds if one.failures), ""),
        )
        for key, kinds in by_key.items()
    ]


def _failures(one: Latency) -> str:
    return f"{len(one.failures)} wrong: {one.failures[0]}" if one.failures else ""
