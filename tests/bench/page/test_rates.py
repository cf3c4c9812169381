from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.page import rates
from tests.bench import made
from tests.bench.page.shown import both, texts

PAIRS = {"header/one", "cookie/two"}


def test_who_gave_wrong_answers_has_no_curve() -> None:
    assert [curve.key for curve in rates.curves(made.failing_storm())] == list(made.KEYS[1:])


def test_the_knee_is_the_highest_rate_kept_pace_with() -> None:
    knees = {curve.key: curve.knee and curve.knee.rate for curve in rates.curves(made.storm())}
    assert knees == {"header/one": 400, "cookie/two": 200, "control-none": 800, "tutorial": None}


def test_a_rate_counts_only_if_all_lower_ones_do() -> None:
    rows = [made.offered("a/b", rate, achieved, 1.0) for rate, achieved in ((1, 1), (2, 0.5), (3, 1))]
    (curve,) = rates.curves(made.storm(open=rows))
    assert curve.knee is rows[0]


def test_latency_by_rate_needs_rates() -> None:
    for svg in both(rates.latency_by_rate(made.storm(), "rates", PAIRS)):
        assert "arrivals a second" in texts(svg)
        assert "header × one 400; cookie × two 200; control-none 800; tutorial none" in svg
    assert rates.latency_by_rate(made.storm(open=made.storm().open[:1]), "rates", PAIRS) is None


def test_a_wide_figure_names_its_lines_and_a_narrow_one_has_no_room() -> None:
    wide, narrow = both(rates.latency_by_rate(made.storm(), "rates", PAIRS))
    names = {"header × one", "cookie × two", "control-none", "tutorial"}
    assert names <= set(texts(wide))
    assert not names & set(texts(narrow))


@given(st.lists(st.floats(0, 1), max_size=19).map(sorted))
def test_names_keep_their_order_and_their_distance(places: list[float]) -> None:
    found = rates.spread(places, 0.05)
    assert len(found) == len(places)
    assert all(later - before >= 0.05 - 1e-9 for before, later in itertools.pairwise(found))
    assert all(place <= 1 + 1e-9 for place in found)


@pytest.mark.parametrize(
    ("places", "found"), [([], []), ([0.2, 0.8], [0.2, 0.8]), ([0.5, 0.5], [0.5, 0.6]), ([1.0, 1.0], [0.9, 1.0])]
)
def test_names_move_no_further_than_they_must(places: list[float], found: list[float]) -> None:
    assert rates.spread(places, 0.1) == pytest.approx(found)
