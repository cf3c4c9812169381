from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest

from core.interruption import exit_code, interruptible

HANDLERS = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL, signal.SIGHUP: signal.SIG_DFL}
CODES = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


@pytest.fixture(autouse=True)
def heeded() -> Iterator[None]:
    """However the suite was started: a job in the background ignores some."""
    before = {number: signal.signal(number, handler) for number, handler in HANDLERS.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(("number", "code"), CODES)
def test_it_ends_as_by_ctrl_c_and_says_by_what(number: signal.Signals, code: int) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interruptible() as ended_by:
        signal.raise_signal(number)
    assert exit_code(ended_by) == code
    assert signal.getsignal(number) is before


@pytest.mark.parametrize(("number", "code"), CODES)
def test_once_means_that_impatience_does_not_interrupt_the_tidying_up(number: signal.Signals, code: int) -> None:
    before = signal.getsignal(number)
    tidied = False
    with pytest.raises(KeyboardInterrupt), interruptible(once=True) as ended_by:
        try:
            signal.raise_signal(number)
        finally:
            for again, _ in CODES:
                signal.raise_signal(again)
            tidied = True
    assert tidied
    assert ended_by == [number]
    assert exit_code(ended_by) == code
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_event_loop_ends_in_order(number: signal.Signals) -> None:
    ended = []

    async def main() -> None:
        try:
            asyncio.get_running_loop().call_soon(signal.raise_signal, number)
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("in order")
            raise

    with pytest.raises(KeyboardInterrupt), interruptible():
        asyncio.run(main())
    assert ended == ["in order"]


@pytest.mark.parametrize("once", [False, True])
def test_what_a_command_was_started_to_ignore_stays_ignored(once: bool) -> None:
    """By `nohup`, or as a job in the background of a script. What ends such a job still does."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    ignored = False
    with pytest.raises(KeyboardInterrupt), interruptible(once=once) as ended_by:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGHUP)
        ignored = True
        signal.raise_signal(signal.SIGTERM)
    assert ignored
    assert exit_code(ended_by) == 143


def test_an_event_loop_in_the_background_ends_in_order() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    test_an_event_loop_ends_in_order(signal.SIGTERM)
