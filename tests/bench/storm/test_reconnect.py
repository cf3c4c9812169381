"""The return of many is tested by the command: see `tests/bench/management/commands/test_storm.py`."""

from __future__ import annotations

import pytest

from bench.storm.generator import Report
from bench.storm.loops import Tally
from bench.storm.reconnect import measure, reconnect
from tests.bench.storm.noted import MEASURED, noted


def test_everything_that_went_wrong_is_told() -> None:
    first = Report(Tally([1.0], [], first=1.0, last=4.0), 0.1)
    again = Tally([0.5] * 40, ["HTTP 503"] * 3 + ["no answer", "lost while idle"], first=10.0, last=12.5)
    row = reconnect("ours", [0.0] * 50, 0.0, (first, Report(again, 0.1)), cpu=0.05, overflows=7)
    assert (row.back, row.connections, row.refusals, row.overflows) == (40, 50, 3, 7)
    assert row.failures == {"HTTP 503": 3, "no answer": 1, "lost while idle": 1}
    assert round(row.cpu) == 1_000
    assert (row.p50_ms, row.p99_ms, row.worst_ms) == (500, None, 500)


@pytest.mark.parametrize(("there", "back", "told"), [(2, 2, (3.0, 2.5)), (1, 2, (None, 2.5)), (2, 1, (3.0, None))])
def test_a_time_is_that_of_all(there: int, back: int, told: tuple[float | None, float | None]) -> None:
    first = Report(Tally([1.0] * there, first=1.0, last=4.0), 0.1)
    again = Report(Tally([0.5] * back, ["HTTP 503"], first=10.0, last=12.5), 0.1)
    row = reconnect("ours", [0.0] * 2, 0.0, (first, again), cpu=0.05, overflows=0)
    assert (row.connect_seconds, row.recovery_seconds) == told


def test_credentials_for_the_return_are_made_before_the_clock_is_read() -> None:
    with noted() as rig:
        (row,) = measure(rig, 1, jitter=0.0, idle=0.0)
    assert rig.order == ["provide", "load", "settle", "rest", *MEASURED]
    assert (row.back, row.recovery_seconds) == (1, 1.0)
