"""Processor time of processes, to the nanosecond.

`/proc/<pid>/stat` counts in ticks of 10 ms, half a dozen handshakes long. The kernel's own CPU clock of
a process [POSIX clock_getcpuclockid] has no such grain and holds all its threads, ended ones too.
Where a kernel has no such clock, the ticks are all there is: then only sums over many blocks mean anything.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable
from pathlib import Path

IDLE_SHARE = 0.02
"""A process that uses less of a processor than this is done with what it had to do."""


def cpu_clock(pid: int) -> Callable[[], float]:
    """Reads the seconds of processor time, user and system, that a process has used."""
    clock = ctypes.c_int()
    try:
        failed = ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock))
    except (OSError, AttributeError):
        failed = True
    if failed:
        return lambda: ticks(Path(f"/proc/{pid}/stat").read_text())
    return lambda: time.clock_gettime(clock.value)


def ticks(stat: str) -> float:
    """utime and stime of a line of /proc/<pid>/stat in seconds; the command before them may hold anything."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def settle(clock: Callable[[], float], *, pause: float = 0.005, at_most: float = 1.0) -> float:
    """Waits until a process has nothing left to do, and reads its clock.

    So that a block pays for all of its own work, and for none of its predecessor's.
    """
    before, end = clock(), time.perf_counter() + at_most
    while True:
        started = time.perf_counter()
        time.sleep(pause)  # nothing tells that a process is idle: its clock has to be read twice, so far apart
        now = clock()
        if now - before < IDLE_SHARE * (time.perf_counter() - started) or time.perf_counter() > end:
            return now
        before = now
