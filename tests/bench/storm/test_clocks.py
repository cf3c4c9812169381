from __future__ import annotations

import os
import time

from bench.storm.clocks import cpu_clock, settle, ticks


def test_it_is_this_process_s_own_clock() -> None:
    clock = cpu_clock(os.getpid())
    before, mine = clock(), time.process_time()
    while time.process_time() < mine + 0.02:
        pass
    assert abs(clock() - before - 0.02) < 0.01


def test_a_process_that_is_gone_has_ticks_of_nothing_to_read() -> None:
    assert ticks("7 (a ) b) S 1 7 7 0 -1 0 0 0 0 0 150 50 0 0 20 0 1 0") == 200 / os.sysconf("SC_CLK_TCK")


def test_settle_waits_for_the_end_of_work() -> None:
    readings = iter([1.0, 1.005, 1.01, 1.01])
    assert settle(lambda: next(readings), pause=0.005) == 1.01


def test_settle_does_not_wait_for_ever() -> None:
    assert settle(time.perf_counter, pause=0.001, at_most=0.01) > 0
