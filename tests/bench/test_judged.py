from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.goals import Metric
from bench.judged import LEAST_ROUNDS, Figure, Judged, Verdict, exactly, judged, scaled
from bench.statistics import Ratio

ENDS = st.tuples(st.floats(0, 2), st.floats(0, 2)).map(sorted)


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.1, 0.2, "met"),
        (0.1, 0.25, "met"),
        (0.2, 0.3, "not decided"),
        (0.26, 0.3, "missed"),
        (0.25, 0.3, "not decided"),
    ],
)
def test_an_interval_decides_at_most(low: float, high: float, word: str) -> None:
    assert Judged("cpu-authtoken", "a/authtoken", 0.25, Ratio(low, low, high)).word == word


@given(ENDS)
def test_at_least_is_the_mirror_of_at_most(ends: list[float]) -> None:
    low, high = ends
    at_least = Judged("rate-authtoken", "a/authtoken", 0.85, Ratio(low, low, high)).word
    at_most = Judged("cpu-authtoken", "a/authtoken", -0.85, Ratio(-low, -high, -low)).word
    assert at_least is at_most


def test_without_an_interval_nothing_is_decided() -> None:
    assert Judged("cpu-authtoken", "a/authtoken", 0.25).word is Verdict.UNDECIDED
    assert Judged("cpu-authtoken", "a/authtoken", 0.25).value == "–"
    assert Judged("cpu-authtoken", "a/authtoken", 0.25, exactly(0.1), enough=False).word is Verdict.UNDECIDED


def test_fewer_rounds_hold_their_median_too_seldom() -> None:
    assert 1 - 2 * 0.5**LEAST_ROUNDS >= 0.95 > 1 - 2 * 0.5 ** (LEAST_ROUNDS - 1)


def test_a_figure_stands_beside_the_goals_that_are_of_it() -> None:
    figures = [
        Figure(Metric.RATE, "header/authtoken", exactly(0.8)),
        Figure(Metric.RATE, "header/simplejwt", exactly(0.8)),
        Figure(Metric.RATE, "tutorial", exactly(0.5)),
        Figure(Metric.MEMORY, "header/authtoken", exactly(3)),
    ]
    assert [(one.goal, one.key, one.word.value) for one in judged(figures, "daphne")] == [
        ("rate-authtoken", "header/authtoken", "missed"),
        ("memory", "header/authtoken", "met"),
    ]
    assert judged(figures, "uvicorn")[0].word is Verdict.MET


def test_a_figure_is_told_with_its_interval_and_in_another_unit() -> None:
    assert Judged("log-out", "a/b", 250, Ratio(83.4, 80, 1_234)).value == "83 [80 1,234]"
    assert scaled(Ratio(1, 0.5, 2), 10) == Ratio(10, 5, 20)
    assert scaled(None, 10) is None
