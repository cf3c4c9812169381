"""Real servers are measured by the command: see `tests/bench/management/commands/test_storm.py`."""

from __future__ import annotations

from bench.lineup import CONTROL
from bench.storm.connection import Goal
from bench.storm.lineup import everyone
from bench.storm.memory import BEFORE, Memory, over_none, subjects
from strategies import registry

SIZES = (500, 2_000)


def row(key: str, slope: float, *, deflate: bool = False) -> Memory:
    return Memory(key, deflate, SIZES, (1, 2), slope)


def test_each_is_held_against_the_control_with_the_same_compression() -> None:
    rows = [row(CONTROL, 20_000.0), row("ours", 23_000.0), row("ours", 60_000.0, deflate=True)]
    rows.append(row(CONTROL, 50_000.0, deflate=True))
    assert [one.over_none_bytes for one in over_none(rows)] == [0, 3_000, 10_000, 0]


def test_without_a_control_nothing_is_above_it() -> None:
    (one,) = over_none([row("ours", 23_000.0)])
    assert one.over_none_bytes is None


def test_who_accepts_first_is_measured_before_and_after() -> None:
    entries = everyone(registry.pairs(), "https://app.example")
    found = [(key, goal) for key, _, goal in subjects(entries)]
    assert found[: len(entries)] == [(one.key, Goal.IN) for one in entries]
    assert ("first_message" + BEFORE, Goal.OPEN) in found[len(entries) :]
    assert not any(key.startswith("querystring") for key, _ in found[len(entries) :])
