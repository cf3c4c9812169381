"""The clock of everything that happens after the gate, so that tests can drive it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A callback that waits for its time."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Wall time, since that is what credentials expire by."""

    def now(self) -> float:
        """Unix time in seconds."""
        ...

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        """Calls back in the running event loop, at `when` or as soon as possible after it."""
        ...


class SystemClock:
    """Time as the machine tells it. A callback may come early when the wall clock is set back: ask `now` again."""

    def now(self) -> float:
        return time.time()

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        return asyncio.get_running_loop().call_later(max(0.0, when - time.time()), callback)


SYSTEM = SystemClock()


async def wait(clock: Clock, until: float, *, woken: asyncio.Event | None = None) -> None:
    """Waits until a time, or until `woken` is set before."""
    reached = woken or asyncio.Event()
    timer = clock.call_at(until, reached.set)
    try:
        await reached.wait()
    finally:
        timer.cancel()
