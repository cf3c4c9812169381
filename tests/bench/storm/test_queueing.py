from __future__ import annotations

from dataclasses import replace

import pytest

from bench.storm.generator import Report
from bench.storm.loops import Tally
from bench.storm.queueing import (
    GRACE,
    TURN,
    Open,
    Turn,
    capacities,
    enough,
    forgiven,
    grace,
    opened,
    rounds_of,
    sweep,
)
from tests.bench.storm.noted import MEASURED, noted

WELL = Open("ours", 100, 2_000, {}, 1.0, 500.0, 70.0, 1_000.0, 2_000.0, 3_000.0, 9_000.0, {})


def tally(done: int, end: float, failures: int = 0) -> Tally:
    return Tally([0.001] * done, ["hung up"] * failures, first=10.0, last=end, ends=[end] * done)


def test_what_was_offered_counts_not_what_was_done() -> None:
    row = opened("ours", 20, [Turn(10, 200, Report(tally(150, 15.0, 50), cpu=0.02), cpu=0.1)], GRACE)
    assert (row.achieved, row.handshakes, row.failures) == (0.75, 150, {"hung up": 50})
    assert (round(row.cpu), round(row.generator), round(row.worst)) == (500, 100, 1000)
    assert row.p99 is None


def test_what_comes_too_late_is_not_achieved() -> None:
    def achieved(end: float) -> float:
        return opened("ours", 20, [Turn(10, 200, Report(tally(200, end), cpu=0), cpu=0)], GRACE).achieved

    assert achieved(20 + GRACE) == 1
    assert achieved(20 + 2 * GRACE) == 0


@pytest.mark.parametrize(("target_ms", "met"), [(500, True), (250, False)])
def test_who_is_served_within_the_target_is_in_time(target_ms: float, met: bool) -> None:
    """A thousand handshakes of 300 ms each in 10 s: the last 30 of them end after the window."""
    ends = [10.3 + number / 100 for number in range(1_000)]
    steady = Report(Tally([0.3] * 1_000, first=10.0, last=ends[-1], ends=ends), 0)
    assert opened("ours", 100, [Turn(10, 1_000, steady, 0)], grace(target_ms)).meets(target_ms * 1000) is met


def test_the_grace_is_never_short() -> None:
    assert (grace(20), grace(500)) == (GRACE, 0.5)


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({}, True),
        ({"p99": 3_001.0}, False),
        ({"p99": None}, None),
        ({"achieved": 0.989}, False),
        ({"overload": {"HTTP 503": 2}}, True),
        ({"overload": {"HTTP 503": 3}}, False),
        ({"failures": {"got in as somebody else": 3}}, False),
    ],
)
def test_what_a_rate_must_keep(changes: dict[str, object], met: bool | None) -> None:
    assert replace(WELL, **changes).meets(3_000) is met


@pytest.mark.parametrize(
    ("served", "rate", "beyond"),
    [
        ([True, True, False], 200, True),
        ([True, True, True], 400, False),
        ([False, True, True], None, True),
        ([True, False, True], 100, True),
        ([True, None, None], 100, False),
    ],
)
def test_capacity_is_the_end_of_an_unbroken_row(served: list[bool | None], rate: float | None, beyond: bool) -> None:
    p99 = {True: 1.0, False: 1e9, None: None}
    rows = [replace(WELL, rate=each, p99=p99[one]) for each, one in zip([100, 200, 400], served, strict=True)]
    (found,) = capacities(reversed(rows), 100)
    assert (found.rate, found.beyond) == (rate, beyond)


def test_in_a_sweep_overload_is_no_wrong_answer() -> None:
    row = forgiven(replace(WELL, failures={"no answer": 3, "got in as somebody else": 1}))
    assert (row.failures, row.overload) == ({"got in as somebody else": 1}, {"no answer": 3})


def test_a_turn_is_long_enough_for_a_p99() -> None:
    assert enough(100) * 100 > 1_000
    assert enough(10_000) == 5


def test_turns_are_joined_each_by_its_own_clock() -> None:
    """The first was in time, though the second one's clock had long begun; the second came too late."""
    early, late = Report(tally(100, 19.0), cpu=0.01), Report(replace(tally(100, 71.0), first=50.0), cpu=0.03)
    row = opened("ours", 10, [Turn(10, 100, early, 0.1), Turn(10, 100, late, 0.3)], GRACE)
    assert (row.handshakes, row.achieved) == (200, 0.5)
    assert (round(row.cpu), round(row.generator)) == (2_000, 200)


def test_what_fails_while_a_turn_warms_up_is_a_failure() -> None:
    turn = Turn(10, 200, Report(tally(200, 15.0), 0), 0, ["hung up"])
    assert opened("ours", 20, [turn, turn], GRACE).failures == {"hung up": 2}


@pytest.mark.parametrize(("seconds", "rounds"), [(0.1, 1), (4.9, 1), (5, 2), (9.9, 2), (10, 4), (60, 4)])
def test_no_turn_is_shorter_than_it_must_be(seconds: float, rounds: int) -> None:
    assert rounds_of(seconds) == rounds
    assert rounds == 1 or seconds / rounds >= TURN


def test_each_turn_has_its_credentials_before_the_clock_is_read() -> None:
    with noted() as rig:
        assert [row.rate for row in sweep(rig, [20, 40], 0.1, 100)] == [20, 40]
    assert rig.order == 2 * (2 * MEASURED), "a block that warms up, and the turn"


def test_a_long_sweep_is_divided_into_turns() -> None:
    with noted() as rig:
        (row,) = sweep(rig, [1], 10, 100)
    assert rig.order == 4 * (2 * MEASURED)
    assert row.handshakes == 4
