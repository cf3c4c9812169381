from __future__ import annotations

from typing import Any

import pytest

from bench.rounds import CONTROL_SECONDS, ROUNDS, WARM_UP, Row, side_by_side

from .rounds_made import entry, noise


def test_the_control_runs_right_before_each_round(benchmark: Any) -> None:
    calls: list[str] = []
    found = side_by_side(benchmark, lambda: calls.append("own") or 7, lambda: calls.append("control"), items=1)
    assert found == 7
    rounds = ROUNDS + WARM_UP if benchmark.enabled else 1
    assert calls == ["control", "own"] * rounds
    assert len(benchmark.extra_info[CONTROL_SECONDS]) == (ROUNDS if benchmark.enabled else 1)


def test_what_a_round_uses_up_is_made_before_it(benchmark: Any) -> None:
    made: list[int] = []
    side_by_side(benchmark, made.pop, lambda: len(made), prepare=lambda: made.append(7), items=1)
    assert made == []
    assert "prepare" not in benchmark.extra_info


def test_a_row_is_told_by_its_control() -> None:
    row = Row.read(entry("slow", 3.0, spread=0))
    assert row.ratios == pytest.approx([3.0] * 30)
    assert row.relative.estimate == pytest.approx(3.0)
    assert row.added == pytest.approx(2 * sorted(row.control)[15] / 10, rel=0.05)
    assert CONTROL_SECONDS not in row.facts


def test_the_control_beside_itself_is_the_noise() -> None:
    assert Row.read(noise()).is_noise
    assert not Row.read(entry("slow", 3.0)).is_noise


def test_a_benchmark_without_control_is_none_of_ours() -> None:
    foreign = entry("x", 1.0)
    del foreign["extra_info"][CONTROL_SECONDS]
    with pytest.raises(KeyError):
        Row.read(foreign)
