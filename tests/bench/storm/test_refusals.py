"""Refusals of real servers are measured by the command: see `tests/bench/management/commands/test_storm.py`."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from bench.storm.generator import Report
from bench.storm.loops import Tally
from bench.storm.refusals import noticed, refusal
from bench.storm.watch import Watch
from tests.bench.storm.test_watch import Moody, watched


def slow_for(moody: Moody, watch: Watch, delay: float) -> tuple[float, float]:
    """A load that makes the server slow: its first and its last moment."""
    start = perf_counter()
    moody.delay = delay
    watch.for_a_while()
    return start, perf_counter()


def test_who_was_let_in_is_no_refusal() -> None:
    tally = Tally([0.01] * 30, ["let in"] * 10, first=1.0, last=2.0)
    row = refusal("ours", "unknown", Report(tally, 0.1), 40, 0.02)
    assert (row.handshakes, row.failures, row.rate) == (30, {"let in": 10}, 30)
    assert (row.cpu, row.p50, row.p95) == (500, 10_000, None)


def test_nobody_was_refused() -> None:
    assert refusal("ours", "unknown", Report(Tally(), 0.1), 40, 0.02).rate == 0


def test_a_recovery_begins_with_the_last_refusal() -> None:
    """The server stays slow for a while after it, and has long been quick again when the storm is put away."""
    moody = Moody()
    with watched(moody) as watch:

        def storm() -> Iterator[Tally]:
            first, last = slow_for(moody, watch, 0.1)
            yield Tally([0.1], first=first, last=last)
            watch.for_a_while()
            moody.delay = 0.0
            watch.for_a_while()

        row = noticed("ours", watch, storm)
    assert row.before_ms is not None
    assert row.during_ms is not None
    assert row.recovered_ms is not None
    assert row.during_ms >= 100
    assert row.recovered_ms >= 400, "it took half a second to be quick, and another half until somebody asked"


def test_what_lies_between_two_loads_is_no_load() -> None:
    moody = Moody()
    with watched(moody) as watch:

        def storm() -> Iterator[Tally]:
            for _ in range(2):
                first, last = slow_for(moody, watch, 0.1)
                yield Tally([0.1], first=first + 0.05, last=last)
                moody.delay = 0.0
                watch.for_a_while()
                watch.for_a_while()

        row = noticed("ours", watch, storm)
    assert row.during_ms is not None
    assert row.during_ms >= 100, "most answers came between the loads, and quickly"


def test_where_nobody_was_refused_there_is_no_load() -> None:
    with watched(Moody()) as watch:
        row = noticed("ours", watch, lambda: [Tally([], ["let in"] * 3, first=perf_counter())])
    assert (row.during_ms, row.worst_ms, row.recovered_ms) == (None, None, None)
    assert row.before_ms is not None
    assert row.after_ms is not None


def test_without_an_answer_before_nothing_is_compared() -> None:
    """What was asked for before the watching began doesn't count, and takes longer than the watching."""
    moody = Moody()
    moody.delay = 1.0
    with watched(moody) as watch:
        assert moody.asked.wait(5)
        row = noticed("ours", watch, lambda: [Tally([0.1], first=perf_counter(), last=perf_counter())])
    assert (row.before_ms, row.recovered_ms) == (None, None)
