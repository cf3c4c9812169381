from __future__ import annotations

from bench.storm.generator import Report
from bench.storm.loops import Tally
from bench.storm.queueing import opened


def test_what_was_offered_counts_not_what_was_done() -> None:
    tally = Tally(seconds=[0.001] * 150, failures=["hung up"] * 50)
    row = opened("ours", Report(tally, cpu=0.02), offered=200, cpu=0.1)
    assert (row.achieved, row.handshakes, row.failures) == (0.75, 150, {"hung up": 50})
    assert (round(row.cpu), round(row.generator), round(row.worst)) == (500, 100, 1000)
    assert row.p99 is None
