"""Which should I take: questions, and for each pair whether its measured verdicts and declared traits answer yes.

Rule: an answer is a trait that the strategy declares or a verdict of this run; nothing is known of a pair by name.
A question that no case of the run answers is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.results import Cell, Column, Latency, Results
from bench.view import NONE, readable
from strategies.conformance import Outcome

AFTER = "after the gate"
"""The section of the cases about sockets that are open already [`strategies.conformance.cases`]."""


@dataclass(frozen=True)
class Question:
    """What a reader may need."""

    id: str
    asks: str
    head: str
    """The same as the head of a column."""
    answer: Callable[[Column], bool]


@dataclass(frozen=True)
class Candidate:
    """A pair with its answers."""

    name: str
    answers: list[tuple[str, bool]]
    """By the question's head."""
    met: str
    """The ids of the questions that are answered yes."""
    ratio: str


@dataclass(frozen=True)
class Choice:
    questions: list[Question]
    candidates: list[Candidate]
    """The quickest first."""
    noise: float
    """A factor: ratios that differ by less are alike."""


def choice(results: Results) -> Choice:
    asked = _questions(results)
    times = {one.key: one for one in results.authenticated}
    pairs = sorted((one for one in results.columns if one.counted), key=lambda one: _slowness(times.get(one.key)))
    return Choice(
        asked,
        [
            Candidate(
                readable(pair.key),
                [(one.head, one.answer(pair)) for one in asked],
                " ".join(one.id for one in asked if one.answer(pair)),
                _ratio(times.get(pair.key)),
            )
            for pair in pairs
        ],
        results.noise or 1.0,
    )


def _slowness(one: Latency | None) -> float:
    return one.ratio if one and one.ratio else float("inf")


def _ratio(one: Latency | None) -> str:
    return f"{one.ratio:.2f}" if one and one.ratio else NONE


def _questions(results: Results) -> list[Question]:
    asked = [
        Question("browser", "a script in a browser is the client", "script in a browser", _declares("browser")),
        Question("cross", "pages of another site are to connect", "from another site", _declares("ambient", no=True)),
        Question(
            "url",
            "the URL, which servers and histories keep, must not hold it",
            "not in the URL",
            _declares("in_url", no=True),
        ),
        Question("trip", "one round trip has to do", "one round trip", _declares("accepts_first", no=True)),
    ]
    measured = [
        ("logout", "a log-out must count at the next connect", "log-out, at connect", ("revoked",)),
        ("inactive", "a deactivated user must be refused at once", "deactivation, at connect", ("inactive-user",)),
        ("password", "a new password must end it", "new password, at connect", ("password-changed",)),
        ("expiry", "it must expire by itself", "expires", ("expired",)),
        ("open", "a log-out must close open sockets", "log-out closes sockets", _open_sockets(results, "T24")),
        (
            "end",
            "a socket must end when its credential expires",
            "expiry closes sockets",
            _open_sockets(results, "T22"),
        ),
    ]
    known = {case.id for case in results.cases}
    asked += [
        Question(id, asks, head, _is_expected(cases))
        for id, asks, head, cases in measured
        if cases and known.issuperset(cases)
    ]
    if "deleted-user" in known:
        asked.append(
            Question("database", "connecting must not need the database", "without the database", _knows_no_row)
        )
    return asked


def _declares(trait: str, *, no: bool = False) -> Callable[[Column], bool]:
    return lambda pair: pair.traits[trait] is not no


def _is_expected(cases: tuple[str, ...]) -> Callable[[Column], bool]:
    return lambda pair: all(_outcome(pair.cells, id) is Outcome.EXPECTED for id in cases)


def _knows_no_row(pair: Column) -> bool:
    """Whoever can't tell a deleted user from others has not looked."""
    return _outcome(pair.cells, "deleted-user") is Outcome.NOT_APPLICABLE


def _outcome(cells: Mapping[str, Cell], id: str) -> Outcome:
    return Outcome(cells[id].outcome)


def _open_sockets(results: Results, threat: str) -> tuple[str, ...]:
    return tuple(case.id for case in results.cases if case.group == AFTER and case.threat == threat)
