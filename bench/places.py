"""The goals of a comparison and of all runs that it was given, with where each was measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .breakdown import PLACE
from .goals import GOALS, Goal
from .judged import Judged
from .reached import Outcome, outcomes, where
from .results import Results


@dataclass(frozen=True)
class Place:
    """One run."""

    where: str
    """Server and database."""
    command: str
    goals: list[Judged]


@dataclass(frozen=True)
class There:
    """What came of a goal in one run."""

    place: Place
    outcome: Outcome


def places(results: Results) -> list[Place]:
    """Those that judged anything."""
    return [one for one in _places(results) if one.goals]


def _places(results: Results) -> Iterator[Place]:
    yield Place(where(results.parameters["server"], results.versions), results.command, results.goals)
    for storm in results.storms:
        yield Place(where(storm.server, storm.facts), storm.command, storm.goals)
    for kick in results.kicks:
        yield Place(where(kick.parameters.server, kick.facts), kick.command, kick.goals)
    for bench in results.benched:
        yield Place(where(PLACE, bench.versions), bench.command, bench.goals)


def by_goal(results: Results) -> list[tuple[Goal, list[There]]]:
    """Every goal, the unmeasured ones with nothing."""
    found: dict[str, list[There]] = {goal.id: [] for goal in GOALS}
    for place in places(results):
        for one in outcomes(place.goals):
            found[one.goal.id].append(There(place, one))
    return [(goal, found[goal.id]) for goal in GOALS]
