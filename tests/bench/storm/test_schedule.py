from __future__ import annotations

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from bench.storm.schedule import arrivals, neighbours, turns

KEYS = st.lists(st.sampled_from("abcdef"), unique=True, min_size=1)


@given(KEYS, st.integers(0, 9), st.integers())
def test_each_contender_stands_beside_the_control_once_a_round(keys: list[str], number: int, seed: int) -> None:
    pairs = list(neighbours(keys, "control", number, random.Random(seed)))
    assert sorted(one for pair in pairs for one in pair if one != "control") == sorted(keys)
    assert all("control" in pair for pair in pairs)


def test_who_goes_first_alternates() -> None:
    draw = random.Random(1)
    assert [next(neighbours(["a"], "control", number, draw))[0] for number in range(4)] == ["control", "a"] * 2


@given(KEYS, st.integers())
def test_a_rate_is_everybodys_before_the_next_and_the_order_is_reversed(keys: list[str], seed: int) -> None:
    found = list(turns(keys, [1, 2], 4, random.Random(seed)))
    rounds = [found[start : start + 2 * len(keys)] for start in range(0, len(found), 2 * len(keys))]
    assert len(rounds) == 4
    for one in rounds:
        assert sorted(one) == sorted((key, rate) for key in keys for rate in (1, 2))
        assert [rate for _, rate in one] == [1] * len(keys) + [2] * len(keys)
    for there, back in ((rounds[0], rounds[1]), (rounds[2], rounds[3])):
        assert there[: len(keys)] == back[len(keys) - 1 :: -1]


@given(st.floats(1, 2_000), st.floats(0.1, 5), st.integers())
def test_arrivals_come_in_order_and_in_time(rate: float, seconds: float, seed: int) -> None:
    times = arrivals(rate, seconds, random.Random(seed))
    assert times == sorted(times)
    assert all(0 < one < seconds for one in times)


def test_arrivals_are_as_many_and_as_irregular_as_poisson_s() -> None:
    times = arrivals(1_000, 20, random.Random(7))
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert abs(len(times) - 20_000) < 600
    assert abs(deviation / mean - 1) < 0.05
