"""The machine's clock calls back in time; waiting leaves no timer behind."""

from __future__ import annotations

import asyncio
import time

import pytest

from strategies.lifecycle.clock import SYSTEM, wait
from tests.strategies.lifecycle.clockwork import Clockwork


def test_now_is_unix_time() -> None:
    assert SYSTEM.now() == pytest.approx(time.time(), abs=5)


@pytest.mark.parametrize("after", [0.01, 0.0, -100.0])
async def test_calls_back_at_its_time_or_as_soon_as_possible(after: float) -> None:
    called = asyncio.Event()
    SYSTEM.call_at(time.time() + after, called.set)
    async with asyncio.timeout(5):
        await called.wait()


async def test_a_cancelled_timer_is_silent() -> None:
    called = asyncio.Event()
    SYSTEM.call_at(time.time(), called.set).cancel()
    await wait(SYSTEM, time.time() + 0.02)
    assert not called.is_set()


async def test_wait_ends_when_it_is_woken_and_leaves_no_timer() -> None:
    clock, woken = Clockwork(), asyncio.Event()
    waiting = asyncio.ensure_future(wait(clock, clock.now() + 100, woken=woken))
    await asyncio.sleep(0)
    woken.set()
    await waiting
    assert all(timer.callback is None for *_, timer in clock._timers)


async def test_wait_ends_at_its_time() -> None:
    clock = Clockwork()
    waiting = asyncio.ensure_future(wait(clock, clock.now() + 10))
    await clock.go(9)
    assert not waiting.done()
    await clock.go(1)
    assert waiting.done()
