"""What a report shows of earlier runs: of `manage.py storm`, `manage.py kick` and the benchmarks.

The rows are those that each of them writes with `--json`; their dataclasses are the schema's documentation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .fields import ANY, BadFigures, number
from .goals import BY_ID
from .judged import Judged
from .storm.counts import Counts
from .storm.figures import Row
from .storm.memory import Memory
from .storm.queueing import Capacity, Open
from .storm.reconnect import Reconnect
from .storm.refusals import Recovery, Refusal
from .typed import made

LIT = ("listen_overflows", "steal", "generator_cpu_share", "load_before", "load_after", "cpus")
"""Facts that lamps read."""


@dataclass(frozen=True)
class Storm:
    """One run of `manage.py storm`."""

    command: str
    server: str
    facts: dict[str, Any]
    closed: list[Row]
    open: list[Open]
    slo: list[Capacity]
    memory: list[Memory]
    reconnects: list[Reconnect]
    refusals: list[Refusal]
    recovery: list[Recovery]
    counts: list[Counts]
    goals: list[Judged]

    @property
    def rows(self) -> Iterator[Any]:
        """Whatever has a contender and failures."""
        for those in (self.closed, self.open, self.memory, self.reconnects, self.refusals, self.recovery, self.counts):
            yield from those

    @property
    def failures(self) -> dict[str, int]:
        """Wrong answers, by contender: who has one has no figure."""
        found: Counter[str] = Counter()
        for row in self.rows:
            found[row.key] += sum(row.failures.values())
        return dict(+found)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Storm:
        """The inverse of `dataclasses.asdict`. Raises `BadFigures`."""
        return _checked(made(cls, data, ""))


@dataclass(frozen=True)
class Size:
    """What a log-out was to end."""

    pair: str
    server: str
    connections: int
    """Of all processes together."""
    processes: int
    layer: str
    rounds: int
    """Log-outs."""


@dataclass(frozen=True)
class Kick:
    """One run of `manage.py kick`. Times in seconds from before a log-out to the close frame."""

    command: str
    facts: dict[str, Any]
    parameters: Size
    ended: int
    """Connections that were told and closed as they must be."""
    p50: float | None
    p99: float | None
    max: float | None
    last: list[float]
    """The last one of each log-out."""
    wrong: dict[str, int]
    """What became of the others."""
    goals: list[Judged]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Kick:
        """The inverse of `dataclasses.asdict`. Raises `BadFigures`."""
        return _checked(made(cls, data, ""))


def _checked(one: Any) -> Any:
    """Facts are texts and numbers, those that a lamp reads numbers; goals are those that there are."""
    for name, value in one.facts.items():
        if name in LIT or not isinstance(value, str | None):
            number(one.facts, name, "facts", least=ANY)
    for at, judged in enumerate(one.goals):
        if judged.goal not in BY_ID:
            raise BadFigures(f"goals[{at}].goal is none of {', '.join(BY_ID)}: {judged.goal!r}")
    return one
