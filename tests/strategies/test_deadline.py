"""Time passes in steps; a process that is busy, and a backend that answers others, are waited for."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from strategies.deadline import LONGEST, STEPS, Deadline, Pulse


class Time:
    """The loop's, which passes when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.loop = asyncio.get_running_loop()
        self._start = self.now = self.loop.time()
        monkeypatch.setattr(self.loop, "time", lambda: self.now)

    @property
    def gone(self) -> float:
        return self.now - self._start

    async def passes(self, seconds: float) -> None:
        """With one turn of the loop at its end, and some in which nothing passes."""
        self.now += seconds
        for _ in range(3):
            await asyncio.sleep(0)


@pytest.fixture
async def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


class Handshake:
    """Waits for its client, or its backend, until its deadline."""

    def __init__(self, seconds: float, pulse: Pulse, *, asks: bool = True) -> None:
        self.deadline, self.timer = Deadline(seconds, pulse), asyncio.timeout(None)
        self.deadline.ends(self.timer, asks=asks)
        self.task = asyncio.ensure_future(self._waits())

    async def _waits(self) -> None:
        async with self.timer:
            await asyncio.Event().wait()

    async def ends(self) -> bool:
        """Whether it has."""
        for _ in range(3):
            await asyncio.sleep(0)
        if self.task.done():
            with pytest.raises(TimeoutError):
                self.task.result()
        return self.task.done()


def answers(pulse: Pulse) -> None:
    """Somebody else's handshake is through."""
    with pulse:
        pass


@pytest.mark.parametrize("asks", [True, False])
async def test_silence_ends_it_on_time(time: Time, asks: bool) -> None:
    one = Handshake(5.0, Pulse(), asks=asks)
    while not await one.ends():
        await time.passes(5.0 / STEPS)
    assert time.gone == pytest.approx(5.0)


async def test_what_the_loop_had_no_time_for_is_not_late(time: Time) -> None:
    one = Handshake(5.0, Pulse(), asks=False)
    await one.ends()
    for _ in range(STEPS - 1):
        await time.passes(4.0)  # a turn of a loop with a lot to do
        assert not await one.ends()
    await time.passes(4.0)
    assert await one.ends(), "not for ever"


async def test_a_backend_that_answers_others_is_waited_for_up_to_an_end(time: Time) -> None:
    pulse = Pulse()
    one = Handshake(5.0, pulse)
    while not await one.ends():
        await time.passes(4.0)
        answers(pulse)
    assert 5.0 * LONGEST <= time.gone < 5.0 * LONGEST + 4.0


async def test_its_silence_begins_with_its_last_answer(time: Time) -> None:
    pulse = Pulse()
    one = Handshake(5.0, pulse)
    for _ in range(2 * STEPS):
        await time.passes(1.0)
        answers(pulse)
    last = time.gone
    while not await one.ends():
        await time.passes(1.0)
    assert 5.0 <= time.gone - last <= 6.0


async def test_nobody_waits_longer_for_a_client_because_others_are_answered(time: Time) -> None:
    pulse = Pulse()
    one = Handshake(5.0, pulse, asks=False)
    while not await one.ends():
        await time.passes(1.0)
        answers(pulse)
    assert time.gone == pytest.approx(5.0)


@pytest.mark.parametrize(("what", "beats"), [(None, 1), (ValueError, 1), (asyncio.CancelledError, 0)])
async def test_an_exception_is_an_answer_and_an_interruption_is_none(
    what: type[BaseException] | None, beats: int
) -> None:
    pulse = Pulse()
    with suppress(ValueError, asyncio.CancelledError), pulse:
        if what is not None:
            raise what
    assert pulse.beats == beats


async def test_who_was_interrupted_is_not_ended_again(time: Time) -> None:
    """It takes a while to end, and its deadline passes meanwhile."""
    failed: list[object] = []
    time.loop.set_exception_handler(lambda _, context: failed.append(context))
    timer, slow = asyncio.timeout(None), asyncio.Event()
    Deadline(1.0, Pulse()).ends(timer)

    async def ends_slowly() -> None:
        async with timer:
            try:
                await asyncio.Event().wait()
            finally:
                await slow.wait()

    task = asyncio.ensure_future(ends_slowly())
    await asyncio.sleep(0)
    timer.reschedule(time.now)
    for _ in range(2 * STEPS):
        await time.passes(1.0)
    slow.set()
    with pytest.raises(TimeoutError):
        await task
    assert failed == []


async def test_what_the_client_took_is_not_given_to_the_backend(time: Time) -> None:
    deadline, one, two = Deadline(5.0, Pulse()), asyncio.timeout(None), asyncio.timeout(None)

    async def both() -> None:
        async with one:
            deadline.ends(one)
            for _ in range(3):
                await time.passes(1.0)
            deadline.rests()
        async with two:
            deadline.ends(two, asks=True)
            await asyncio.Event().wait()

    task = asyncio.ensure_future(both())
    for _ in range(20):
        await asyncio.sleep(0)
    await time.passes(1.0)
    assert not task.done()
    await time.passes(1.0)
    await asyncio.wait([task], timeout=5)
    assert two.expired()
    with pytest.raises(TimeoutError):
        task.result()
