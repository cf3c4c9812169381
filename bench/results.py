"""What a comparison found, as `results.json` holds it. The dataclasses are the schema's documentation.

Rules: field names and meanings change only together with `SCHEMA`; times are whole microseconds;
nothing that names a machine, a folder or a credential gets in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .breakdown import Benched
from .judged import Judged
from .statistics import Ratio
from .storms import Kick, Storm
from .typed import made

SCHEMA = 4
"""3 had of storms only some kinds, and neither log-outs nor goals; 2 had no wrong answers of storms; 1 had every
sample in place of their quantiles, and nothing of wires, leaks, the rig and storms."""


class UnknownSchema(ValueError):
    """The data are of another version than this one reads; the message names both."""


@dataclass(frozen=True)
class CaseRow:
    """A row of the matrix of verdicts."""

    id: str
    title: str
    threat: str
    """Its number in the list of threats, or empty."""
    group: str = ""
    """The section to which it belongs."""


@dataclass(frozen=True)
class Cell:
    """What came of one case against one contender, in all refuse modes together."""

    outcome: str
    """`as expected`, `WRONG` or `not applicable`."""
    reason: str = ""
    """Empty where everything is as expected."""
    wire: dict[str, int] = field(default_factory=dict)
    """By refuse mode, empty for a control's only one: where in `exchanges` it is told what went over the wire."""


@dataclass(frozen=True)
class Column:
    """A contender of the matrix of verdicts."""

    key: str
    """`querystring/authtoken`, or a control's name."""
    counted: bool
    """False for controls: shown for comparison, not part of the verdict."""
    cells: dict[str, Cell]
    """By case id."""
    traits: dict[str, bool] = field(default_factory=dict)
    """What its strategy declares of itself: `strategies.strategy.Traits`."""


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
    quantiles: list[int]
    """At most 200 of them, evenly spaced from the least sample to the greatest."""
    ratio: float | None = None
    """Median over the median of `control-none`."""
    low: float | None = None
    high: float | None = None
    """The 95 % bootstrap interval of the ratio, paired by round."""
    added: Ratio | None = None
    """Median less that of `control-none`, in microseconds, with its interval, paired by round."""
    word: str | None = None
    """`faster`, `slower`, `no difference found` or `unstable`: the interval against the noise of the run."""


@dataclass(frozen=True)
class Leak:
    """Where a contender's credentials were looked for after the cases. Empty where none was found, else how it was."""

    key: str
    credentials: int
    """How many were handed out to it."""
    scope: str
    answer: str
    log: str
    """The server's log, at the level `WARNING`."""


@dataclass(frozen=True)
class Rig:
    """The machine and the instrument while times to authenticated were taken."""

    load_before: float
    load_after: float
    """Runnable processes, averaged over a minute."""
    listen_overflows: int
    """Connections that a full listen queue turned away."""
    steal: float
    """Share of processor time that a hypervisor gave to others."""
    client_share: float
    """The client's share of the processor time of client and server."""


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
    exchanges: list[str]
    """What went over the wire, each text once; credentials are masked."""
    leaks: list[Leak]
    rig: Rig
    storms: list[Storm] = field(default_factory=list)
    """What `manage.py storm` found, where its files were given."""
    kicks: list[Kick] = field(default_factory=list)
    """What `manage.py kick` found."""
    benched: list[Benched] = field(default_factory=list)
    """What the benchmarks found inside the process."""
    goals: list[Judged] = field(default_factory=list)
    """Those of this comparison. Runs that were given have theirs."""
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

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Results:
        """The inverse of `as_json`. Raises `UnknownSchema`, or `LookupError` and `TypeError` for what is no results."""
        if data["schema"] != SCHEMA:
            raise UnknownSchema(f"schema {data['schema']!r} where {SCHEMA} is read")
        derived = ("passed", "wrong", "failed_measurements")
        columns = [
            Column(**{**one, "cells": {id: Cell(**cell) for id, cell in one["cells"].items()}})
            for one in data["columns"]
        ]
        rows = {
            "cases": [CaseRow(**one) for one in data["cases"]],
            "columns": columns,
            "authenticated": [_latency(one) for one in data["authenticated"]],
            "refused": [_latency(one) for one in data["refused"]],
            "leaks": [Leak(**one) for one in data["leaks"]],
            "rig": Rig(**data["rig"]),
            "storms": [Storm.from_json(one) for one in data["storms"]],
            "kicks": [Kick.from_json(one) for one in data["kicks"]],
            "benched": [made(Benched, one, "benched") for one in data["benched"]],
            "goals": [made(Judged, one, "goals") for one in data["goals"]],
        }
        return cls(**{**{name: value for name, value in data.items() if name not in derived}, **rows})


def _latency(one: Mapping[str, Any]) -> Latency:
    return Latency(**{**one, "added": one["added"] and Ratio(**one["added"])})
