"""The statistics' own laws."""

from __future__ import annotations

import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.statistics import (
    SAMPLES_NEEDED,
    WIDE,
    Ratio,
    Word,
    difference,
    in_rounds,
    noise_floor,
    percentile,
    quantiles,
    ratio,
    word,
)

times = st.floats(min_value=1e-5, max_value=10, allow_nan=False)
samples = st.lists(times, min_size=100, max_size=120)
factors = st.floats(min_value=0.1, max_value=10)


def made(values: Any, reference: Any) -> Ratio:
    return ratio(values, reference, resamples=40, seed=3)


@given(samples)
def test_percentiles_lie_among_the_values_and_in_order(values: list[float]) -> None:
    median, high = percentile(values, 0.5), percentile(values, 0.95)
    assert median is not None
    assert high is not None
    assert min(values) <= median <= high <= max(values)
    assert median == pytest.approx(statistics.median(values))


@given(samples, st.randoms())
def test_a_percentile_knows_no_order(values: list[float], random: Any) -> None:
    shuffled = random.sample(values, len(values))
    assert percentile(shuffled, 0.95) == percentile(values, 0.95)


def test_a_percentile_is_that_of_the_textbook() -> None:
    assert percentile(range(101), 0.95) == 95
    assert percentile(range(1_001), 0.99) == 990


@pytest.mark.parametrize(("q", "needed"), SAMPLES_NEEDED.items())
def test_too_few_samples_carry_no_percentile(q: float, needed: int) -> None:
    assert percentile([1.0] * (needed - 1), q) is None
    assert percentile([1.0] * needed, q) == 1.0


def test_p99_needs_a_thousand() -> None:
    assert SAMPLES_NEEDED[0.99] == 1_000


@given(samples, factors)
def test_a_ratio_to_a_multiple_of_oneself_is_exact(values: list[float], factor: float) -> None:
    found = made([value * factor for value in values], values)
    assert (found.estimate, found.low, found.high) == pytest.approx((factor, factor, factor))


@given(st.lists(st.tuples(times, times), min_size=5, max_size=60))
def test_an_interval_is_ordered_and_the_same_for_the_same_seed(pairs: list[tuple[float, float]]) -> None:
    values, reference = zip(*pairs, strict=True)
    found = made(values, reference)
    assert 0 < found.low <= found.high
    assert found == made(values, reference)


def test_an_interval_narrows_with_more_rounds() -> None:
    few, many = [1.0, 2.0, 3.0] * 5, [1.0, 2.0, 3.0] * 200
    wide, narrow = made(few, [2.0] * len(few)), made(many, [2.0] * len(many))
    assert narrow.high - narrow.low < wide.high - wide.low


@pytest.mark.parametrize(("values", "reference"), [([], []), ([1.0], [1.0, 2.0])])
def test_a_ratio_needs_pairs(values: list[float], reference: list[float]) -> None:
    with pytest.raises(ValueError, match="needs pairs"):
        made(values, reference)


@given(factors, factors)
def test_the_noise_floor_is_a_factor_that_covers_the_whole_interval(one: float, other: float) -> None:
    same = Ratio(1.0, min(one, other), max(one, other))
    floor = noise_floor(same)
    assert floor >= 1
    assert 1 / floor <= same.low * (1 + 1e-9)
    assert same.high <= floor


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (1.06, 1.10, Word.SLOWER),
        (0.80, 0.94, Word.FASTER),
        (0.97, 1.04, Word.NO_DIFFERENCE),
        (1.04, 1.10, Word.NO_DIFFERENCE),  # part of it is within the noise
        (0.80, 1.04, Word.UNSTABLE),
        (0.97, 1.40, Word.UNSTABLE),
    ],
)
def test_words(low: float, high: float, said: Word) -> None:
    assert word(Ratio((low + high) / 2, low, high), 1.05) is said


@given(factors, factors, st.floats(min_value=1, max_value=2))
def test_words_are_symmetric(one: float, other: float, floor: float) -> None:
    low, high = sorted((one, other))
    there, back = word(Ratio(1, low, high), floor), word(Ratio(1, 1 / high, 1 / low), floor)
    mirrored = {Word.FASTER: Word.SLOWER, Word.SLOWER: Word.FASTER}
    edges = (floor, 1 / floor, WIDE * floor, 1 / (WIDE * floor))
    near_an_edge = any(abs(end / edge - 1) < 1e-9 for end in (low, high) for edge in edges)
    assert near_an_edge or back is mirrored.get(there, there)


@given(st.lists(st.floats(0, 1e6), max_size=700))
def test_quantiles_reach_from_the_least_to_the_greatest(values: list[float]) -> None:
    found = quantiles(values)
    assert found == sorted(found)
    assert len(found) == min(200, len(values))
    assert [*found[:1], *found[-1:]] == [*sorted(values)[:1], *sorted(values)[-1:]]


def test_quantiles_are_evenly_spaced() -> None:
    assert quantiles(list(range(1_000, -1, -1)), 5) == [0, 250, 500, 750, 1_000]


@given(samples, st.floats(-1, 1))
def test_a_constant_difference_is_found_exactly(values: list[float], more: float) -> None:
    found = difference([one + more for one in values], values, resamples=40, seed=3)
    assert (found.estimate, found.low, found.high) == pytest.approx((more, more, more), abs=1e-9)


@given(st.lists(st.lists(times, min_size=20, max_size=30), min_size=2, max_size=5))
def test_a_quantile_of_rounds_lies_in_its_interval_and_among_the_values(rounds: list[list[float]]) -> None:
    found = in_rounds(rounds, 0.5, resamples=40, seed=3)
    every = [one for some in rounds for one in some]
    assert found is not None
    assert found.estimate == percentile(every, 0.5)
    assert min(every) <= found.low <= found.estimate <= found.high <= max(every)


def test_rounds_that_differ_make_the_interval_wide() -> None:
    """One of four is ten times as slow: whether it is drawn decides the median of the slowest hundredth."""
    alike = in_rounds([[1.0] * 1_000] * 4, 0.99, resamples=200, seed=1)
    apart = in_rounds([[1.0] * 1_000] * 3 + [[10.0] * 1_000], 0.99, resamples=200, seed=1)
    assert alike == Ratio(1, 1, 1)
    assert apart == Ratio(10, 1, 10)


def test_one_round_has_no_interval_and_few_values_no_quantile() -> None:
    assert in_rounds([[1.0] * 1_000], 0.99, resamples=10, seed=1) is None
    assert in_rounds([[1.0] * 400] * 2, 0.99, resamples=10, seed=1) is None
