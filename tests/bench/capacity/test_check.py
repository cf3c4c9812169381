"""What a check says of made-up storms; a whole one is tested by its command."""

from __future__ import annotations

import pytest

from bench.capacity.check import FIGURES, STORMS, held
from bench.storm.figures import Block


def storm(*, slower: float = 1.0, share: float = 1.0, count: int = 1_000) -> Block:
    """As uvicorn has it: everybody is begun, and then finished one by one. `slower`: than its processor time says."""
    cpu = 0.001 * count
    elapsed = cpu * slower / share
    latencies = [elapsed * (0.35 + 0.65 * (number + 1) / count) for number in range(count)]
    return Block(count, elapsed, cpu * slower, 0.0, latencies)


def test_what_behaves_as_it_is_simulated_passes() -> None:
    found = held("x/y", [storm(), storm(slower=1.1)] * 4, "uvicorn", 0.0, seed=1)
    assert [one.name for one in found.deviations] == list(FIGURES)
    assert all(one.ratio.estimate == pytest.approx(1, abs=0.02) for one in found.deviations)
    assert found.passed
    assert not found.is_noise


def test_the_figures_told_are_those_of_one_storm() -> None:
    """The medians of real and simulated seconds may be of two storms, whose ratio is no storm's."""
    sizes = ((1.0, 1_400), (0.9, 1_000), (0.8, 1_200), (0.7, 1_100))
    storms = [storm(share=share, count=count) for share, count in sizes]
    found = held("x/y", storms, "uvicorn", 0.0, seed=1).deviations[0]
    assert found.simulated / found.real == pytest.approx(found.ratio.estimate)
    assert found.real in [one.elapsed for one in storms]
    assert found.ratio.low <= found.ratio.estimate <= found.ratio.high


def test_what_takes_half_as_long_again_is_off() -> None:
    """A server that waits while it has work to do."""
    waits = [storm(share=1 / 1.5)] * STORMS
    found = held("x/y", waits, "uvicorn", 0.0, seed=1)
    assert not found.passed
    assert found.share == pytest.approx(0.667, abs=0.01)


def test_without_a_core_of_its_own_nothing_can_be_told() -> None:
    assert held("x/y", [storm(share=0.85)] * STORMS, "uvicorn", 0.0, seed=1).is_noise
    assert not held("x/y", [storm(share=0.95)] * STORMS, "uvicorn", 0.0, seed=1).is_noise


def test_daphne_is_simulated_with_the_patience_that_it_is_served_with() -> None:
    """Its own 5 s would have refused most of these clients."""
    long = [Block(1_000, 10.0, 10.0, 0.0, [7.5 + 0.0025 * (number + 1) for number in range(1_000)])] * STORMS
    assert held("x/y", long, "daphne", 0.0, seed=1).passed


def test_storms_that_differ_tell_nothing() -> None:
    differ = [storm(share=1.0), storm(share=1.6)] * 4
    assert held("x/y", differ, "uvicorn", 0.0, seed=1).is_noise


def test_another_order_than_the_simulated_one_is_off() -> None:
    """Daphne's begins later: at p50 by far less than uvicorn's is simulated to."""
    early = [Block(1_000, 1.0, 1.0, 0.0, [0.001 * (number + 1) for number in range(1_000)])] * STORMS
    found = held("x/y", early, "daphne", 0.0, seed=1)
    assert [one.is_near for one in found.deviations] == [True, False, True]


def test_too_few_carry_no_percentile() -> None:
    assert [one.name for one in held("x/y", [storm(count=10)] * STORMS, "uvicorn", 0.0, seed=1).deviations] == [
        "recovery"
    ]
