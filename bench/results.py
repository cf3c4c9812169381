"""What a comparison found, as `results.json` holds it. The dataclasses are the schema's documentation.

Rules: field names and meanings change only together with `SCHEMA`; times are whole microseconds;
nothing that names a machine, a folder or a credential gets in.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

SCHEMA = 1


@dataclass(frozen=True)
class CaseRow:
    """A row of the matrix of verdicts."""

    id: str
    title: str
    threat: str
    """Its number in the list of threats, or empty."""


@dataclass(frozen=True)
class Cell:
    """What came of one case against one contender, in all refuse modes together."""

    outcome: str
    """`as expected`, `WRONG` or `not applicable`."""
    reason: str = ""
    """Empty where everything is as expected."""


@dataclass(frozen=True)
class Column:
    """A contender of the matrix of verdicts."""

    key: str
    """`querystring/authtoken`, or a control's name."""
    counted: bool
    """False for controls: shown for comparison, not part of the verdict."""
    cells: dict[str, Cell]
    """By case id."""


@dataclass(frozen=True)
class Latency:
    """The samples of one contender. Percentiles are null where the samples are too few to carry them."""

    key: str
    kind: str
    """`authenticated`, or the kind of bad credential that was refused."""
    samples: int
    failures: list[str]
    """One entry a wrong answer; such samples are in no figure."""
    p50: int | None
    p95: int | None
    p99: int | None
    raw: list[int]
    """In the order of the rounds."""
    ratio: float | None = None
    """Median over the median of `control-none`."""
    low: float | None = None
    high: float | None = None
    """The 95 % bootstrap interval of the ratio, paired by round."""
    word: str | None = None
    """`faster`, `slower`, `no difference found` or `unstable`: the interval against the noise of the run."""


@dataclass(frozen=True)
class Results:
    """One comparison."""

    generated: str
    """UTC, ISO 8601."""
    command: str
    """How to run it again, without the folder of the report."""
    seconds: float
    """Wall time until the results were complete."""
    parameters: dict[str, Any]
    """Size, rounds, warm-up, users, server, seed, and the default policy's deadlines in seconds."""
    versions: dict[str, str]
    """Of everything that takes part."""
    machine: dict[str, Any]
    """What kind of machine: system, architecture, number of CPUs. Never its name."""
    cases: list[CaseRow]
    columns: list[Column]
    noise: float | None
    """The A/A control: a ratio between 1/noise and noise means nothing."""
    authenticated: list[Latency]
    refused: list[Latency]
    schema: int = field(default=SCHEMA)

    @property
    def wrong_cells(self) -> list[tuple[str, str, str]]:
        """Contender, case and reason of each wrong verdict that counts."""
        return [
            (column.key, id, cell.reason)
            for column in self.columns
            if column.counted
            for id, cell in column.cells.items()
            if cell.outcome == "WRONG"
        ]

    @property
    def failed_measurements(self) -> int:
        return sum(len(latency.failures) for latency in [*self.authenticated, *self.refused])

    @property
    def passed(self) -> bool:
        return not self.wrong_cells and not self.failed_measurements

    def as_json(self) -> dict[str, Any]:
        """`passed` and the counts come first, for readers and `jq`."""
        return {
            "schema": self.schema,
            "passed": self.passed,
            "wrong": len(self.wrong_cells),
            "failed_measurements": self.failed_measurements,
            **{name: value for name, value in asdict(self).items() if name != "schema"},
        }
