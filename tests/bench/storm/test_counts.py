"""Counting on real servers is tested by the command: see `tests/bench/management/commands/test_storm.py`."""

from __future__ import annotations

import itertools

import pytest

from bench.serving import EnvironmentFailed
from bench.storm.counts import READINGS, at_rest, counts, modelled
from bench.storm.generator import Report
from bench.storm.loops import Tally

ALONE = {"queries": 1.0, "connections_opened": 0.5, "thread_hops": 2.0}
TALLY = Tally([0.002] * 4, ["hung up"], sent=800, received=400, trips=8)


def test_round_trips_are_what_a_network_adds() -> None:
    assert modelled(1, 0.002) == {"20": 42, "50": 102, "100": 202}
    assert modelled(2, 0.002)["100"] == 302


def test_counts_are_per_handshake_that_came_through() -> None:
    storms = [({**ALONE, "queries": each}, Report(Tally(), 0)) for each in (0.02, 0.03, 0.09)]
    row = counts("ours", (ALONE, Report(TALLY, 0)), storms, 0.002)
    assert (row.queries, row.queries_under_storm, row.connections_opened, row.thread_hops) == (1, 0.03, 0.5, 2)
    assert (row.bytes_up, row.bytes_down, row.round_trips) == (200, 100, 2)
    assert row.modelled_ms["50"] == pytest.approx(152)
    assert (row.queries_interval.low, row.queries_interval.high) == (0.02, 0.09)
    assert row.failures == {"hung up": 1}


def test_without_a_time_nothing_is_modelled() -> None:
    row = counts("ours", (ALONE, Report(Tally(), 0)), [(ALONE, Report(Tally(), 0))], None)
    assert (row.p50_ms, row.modelled_ms, row.bytes_up) == (None, {}, 0)


def test_counts_are_read_until_they_stay() -> None:
    readings, settled = iter([{"queries": 7}, {"queries": 9}, {"queries": 9}, {"queries": 99}]), itertools.count()
    assert at_rest(lambda: next(readings), lambda: next(settled)) == {"queries": 9}
    assert next(settled) == 2


def test_a_server_that_never_rests_is_given_up() -> None:
    readings = itertools.count()
    with pytest.raises(EnvironmentFailed, match=f"never came to rest: .* {READINGS} readings"):
        at_rest(lambda: {"queries": next(readings)}, lambda: None)
    assert next(readings) == READINGS
