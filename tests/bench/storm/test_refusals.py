"""Refusals of real servers are measured by the command: see `tests/bench/management/commands/test_storm.py`."""

from __future__ import annotations

from bench.storm.generator import Report
from bench.storm.loops import Tally
from bench.storm.refusals import refusal


def test_who_was_let_in_is_no_refusal() -> None:
    tally = Tally([0.01] * 30, ["let in"] * 10, first=1.0, last=2.0)
    row = refusal("ours", "unknown", Report(tally, 0.1), 40, 0.02)
    assert (row.handshakes, row.failures, row.rate) == (30, {"let in": 10}, 30)
    assert (row.cpu, row.p50, row.p95) == (500, 10_000, None)


def test_nobody_was_refused() -> None:
    assert refusal("ours", "unknown", Report(Tally(), 0.1), 40, 0.02).rate == 0
