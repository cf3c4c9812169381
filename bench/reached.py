"""What came of the goals: by goal, and as lines of a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, islice
from typing import Any, TextIO

from .columns import aligned
from .goals import Goal
from .judged import Judged, Verdict


@dataclass(frozen=True)
class Outcome:
    """All contenders of one goal, measured at one place."""

    goal: Goal
    judged: Sequence[Judged]

    @property
    def bound(self) -> str:
        """One place has one limit."""
        return self.goal.bound(self.judged[0].limit)

    @property
    def counts(self) -> dict[Verdict, int]:
        """Those that there are, the best first."""
        found = Counter(one.word for one in self.judged)
        return {word: found[word] for word in Verdict if found[word]}

    @property
    def said(self) -> str:
        return ", ".join(f"{word} by {times}" for word, times in self.counts.items())

    @property
    def farthest(self) -> Judged | None:
        """Who is farthest on the wrong side, or nearest to it."""
        measured = [one for one in self.judged if one.measured]
        if not measured:
            return None
        sign = -1 if self.goal.at_least else 1
        return max(measured, key=lambda one: sign * one.measured.estimate if one.measured else 0)


def outcomes(found: Iterable[Judged]) -> list[Outcome]:
    """In the order in which they were judged, which is that of the goals."""
    return [Outcome(those[0].about, those) for _, run in groupby(found, lambda one: one.goal) if (those := list(run))]


def lines(found: Sequence[Judged], where: str) -> list[str]:
    """A line for each goal, and below it one for each contender; nothing where nothing is judged."""
    return ["", f"goals, {where}; measured with its 95 % interval", *_lines(found)] if found else []


def _lines(found: Sequence[Judged]) -> Iterator[str]:
    rows = aligned([(f"  {one.key}", one.value, one.word) for one in found])
    for one in outcomes(found):
        yield f"{one.goal.metric}, {one.goal.who}: {one.bound}: {one.said}"
        yield from islice(rows, len(one.judged))


def told(found: Iterable[Judged]) -> list[dict[str, Any]]:
    """For JSON. The word is derived, and read by nobody here."""
    return [{**asdict(one), "word": one.word.value} for one in found]


def where(server: str, facts: Mapping[str, Any]) -> str:
    """By what places are told apart."""
    return f"{server}, {facts.get('database', 'any database')}"


def write(found: Sequence[Judged], where: str, out: TextIO) -> None:
    out.writelines(f"{line}\n" for line in lines(found, where))
