"""What was aimed at and what came of it, wherever it was measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.judged import Verdict
from bench.places import There, by_goal, places
from bench.results import Results
from bench.view import NONE, readable

from .table import Line, Table

_CSS = {Verdict.MET: "good", Verdict.MISSED: "bad", Verdict.UNDECIDED: "doubtful"}


@dataclass(frozen=True)
class Came:
    """What came of a goal in one run."""

    where: str
    bound: str
    said: list[tuple[str, str]]
    """Verdict and its class, for each that was given."""
    farthest: str
    """The contender that is farthest on the wrong side, or nearest to it."""
    value: str


@dataclass(frozen=True)
class Aim:
    """A goal. One without a run tells the command that measures it."""

    metric: str
    who: str
    command: str
    runs: list[Came]


@dataclass(frozen=True)
class Aims:
    sentence: str
    measured: list[Aim]
    unmeasured: list[Aim]


def aims(results: Results) -> Aims:
    every = [Aim(goal.metric, goal.who, goal.command, [_came(one) for one in runs]) for goal, runs in by_goal(results)]
    return Aims(sentence(results), [one for one in every if one.runs], [one for one in every if not one.runs])


def sentence(results: Results) -> str:
    """How many goals are met wherever they were measured, and by everybody."""
    words = [{judged.word for one in runs for judged in one.outcome.judged} for _, runs in by_goal(results)]
    measured = [one for one in words if one]
    if not measured:
        return f"None of {len(words)} goals was measured."
    met = sum(one == {Verdict.MET} for one in measured)
    missed = sum(Verdict.MISSED in one for one in measured)
    undecided = len(measured) - met - missed
    ends = [f"{met} met by everybody", f"{missed} missed by somebody", f"{undecided} not decided"]
    return f"Of {len(words)} goals {len(measured)} were measured: {', '.join(ends)}."


def _came(one: There) -> Came:
    farthest = one.outcome.farthest
    return Came(
        one.place.where,
        one.outcome.bound,
        [(f"{word} by {times}", _CSS[word]) for word, times in one.outcome.counts.items()],
        readable(farthest.key) if farthest else NONE,
        farthest.value if farthest else NONE,
    )


def table(results: Results) -> Table:
    """Every contender."""
    columns = ("contender", "goal", "where", "limit", "measured", "low", "high", "verdict")
    note = (
        "A contender with wrong answers has no figure. The commands of runs that were given stand above their figures."
    )
    return Table("t-goals", "Goals", results.command, columns, list(_lines(results)), note)


def _lines(results: Results) -> Iterator[Line]:
    for place in places(results):
        for one in place.goals:
            figures = (one.measured.estimate, one.measured.low, one.measured.high) if one.measured else ()
            told = [f"{value:.{one.about.digits}f}" for value in figures] or [NONE] * 3
            bound = one.about.bound(one.limit)
            yield Line([readable(one.key), one.goal, place.where, bound, *told, one.word.value])
