from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.page import rates
from bench.storms import Closed, Offered
from tests.bench import made
from tests.bench.page.shown import both, texts

PAIRS = {"header/one", "cookie/two"}


def test_storms_have_bars_with_their_values() -> None:
    storm = made.storm()
    for svg in both(rates.added_cpu(storm, "cpu", PAIRS)):
        assert texts(svg).count("+150 µs") == len(made.KEYS)
    for svg in both(rates.connect_rate(storm, "rate", PAIRS)):
        assert texts(svg).count("0.80") >= len(made.KEYS)
    for svg in both(rates.memory(storm, "memory", PAIRS)):
        assert texts(svg).count("3.0 KiB") == len(made.KEYS)


def test_who_gave_wrong_answers_has_a_word_in_place_of_a_bar() -> None:
    storm = made.failing_storm()
    for draw, value in ((rates.added_cpu, "+150 µs"), (rates.memory, "3.0 KiB")):
        for svg in both(draw(storm, "x", PAIRS)):
            assert texts(svg).count("wrong answers") == 1
            assert texts(svg).count(value) == len(made.KEYS) - 1
    assert "wrong answers" in texts(both(rates.connect_rate(storm, "x", PAIRS))[0])
    assert [curve.key for curve in rates.curves(storm)] == list(made.KEYS[1:])


def test_without_a_figure_there_is_no_bar_either() -> None:
    """Where it was the control that failed."""
    storm = made.storm(closed=[Closed("header/one", *[None] * 8), *made.storm().closed[1:]])
    assert texts(both(rates.added_cpu(storm, "x", PAIRS))[0]).count("–") == 1
    assert texts(both(rates.connect_rate(storm, "x", PAIRS))[0]).count("–") == 1


def test_less_than_nothing_is_drawn_to_the_left() -> None:
    closed = [Closed("a/b", 1.0, 1.0, 1.0, 1.0, 1.0, value, None, None) for value in (-40, 90)]
    assert {"-40 µs", "+90 µs"} <= set(texts(both(rates.added_cpu(made.storm(closed=closed), "cpu", PAIRS))[0]))


def test_the_knee_is_the_highest_rate_kept_pace_with() -> None:
    knees = {curve.key: curve.knee and curve.knee.rate for curve in rates.curves(made.storm())}
    assert knees == {"header/one": 400, "cookie/two": 200, "control-none": 800, "tutorial": None}


def test_a_rate_counts_only_if_all_lower_ones_do() -> None:
    rows = [Offered("a/b", rate, achieved, 1.0, 1.0, 1.0) for rate, achieved in ((1, 1), (2, 0.5), (3, 1))]
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
