"""Whether measured figures are where they are to be.

Rule: an interval decides. One that lies on the right side of its goal meets it, one that lies on the other side
misses it, and one that holds the goal decides nothing; nor does a figure without an interval.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .goals import BY_ID, GOALS, Goal, Metric
from .statistics import Ratio

LEAST_ROUNDS = 6
"""Fewer have no interval of 95 %: the median lies between the least and the greatest of five in 1 - 2 × ½⁵ = 94 %."""


class Verdict(StrEnum):
    """What an interval says of a goal."""

    MET = "met"
    MISSED = "missed"
    UNDECIDED = "not decided"


@dataclass(frozen=True)
class Figure:
    """What was measured of a contender, in the unit of its goals; without an interval where there is none."""

    metric: Metric
    key: str
    measured: Ratio | None = None
    enough: bool = True
    """Whether there were rounds enough for its interval to say anything."""


@dataclass(frozen=True)
class Judged:
    """A contender's figure beside a goal."""

    goal: str
    """Its id."""
    key: str
    limit: float
    measured: Ratio | None = None
    """None where there is no figure, or none with an interval."""
    enough: bool = True

    @property
    def about(self) -> Goal:
        return BY_ID[self.goal]

    @property
    def word(self) -> Verdict:
        """By the interval."""
        if self.measured is None or not self.enough:
            return Verdict.UNDECIDED
        low, high, limit = self.measured.low, self.measured.high, self.limit
        if self.about.at_least:
            low, high, limit = -high, -low, -limit
        return Verdict.MET if high <= limit else Verdict.MISSED if low > limit else Verdict.UNDECIDED

    @property
    def value(self) -> str:
        """The figure with its interval."""
        if self.measured is None:
            return "–"
        estimate, low, high = (
            f"{one:,.{self.about.digits}f}" for one in (self.measured.estimate, self.measured.low, self.measured.high)
        )
        return f"{estimate} [{low} {high}]"


def judged(figures: Iterable[Figure], server: str = "") -> list[Judged]:
    """Each figure beside the goals that are of it, in the order of the goals."""
    every = list(figures)
    return [
        Judged(goal.id, figure.key, limit, figure.measured, figure.enough)
        for goal in GOALS
        if (limit := goal.limit(server)) is not None
        for figure in every
        if figure.metric is goal.metric and goal.is_of(figure.key)
    ]


def scaled(measured: Ratio | None, factor: float) -> Ratio | None:
    """The same in another unit."""
    return measured and Ratio(*(factor * one for one in (measured.estimate, measured.low, measured.high)))


def exactly(value: float) -> Ratio:
    """The interval of what was counted, and nothing left out."""
    return Ratio(value, value, value)
