from __future__ import annotations

import asyncio
import itertools
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import uvloop
from websockets.asyncio.server import ServerConnection

from bench.storm.connection import Attempt
from bench.storm.loops import Crowd, Tally, closed, opened, returned
from bench.storm.upgrade import Target
from strategies.flow import ClientFlow, Open
from tests.bench.storm.toy import HOST, READY, listening


def opens(token: str) -> ClientFlow:
    yield Open()


def attempt(port: int, user: str = "ada") -> Attempt:
    return Attempt(Target(HOST, port, "/"), opens, "", (user, None, None))


async def test_a_closed_loop_does_each_once() -> None:
    async with listening() as port:
        crowd = Crowd(stay=True)
        tally = await closed(crowd, [attempt(port)] * 30, concurrency=8)
        await crowd.disperse()
    assert (len(tally.seconds), tally.failures) == (30, [])
    assert tally.elapsed is not None
    assert 0 < max(tally.seconds) <= tally.elapsed


async def test_wrong_answers_are_failures_and_no_samples() -> None:
    async with listening() as port:
        tally = await closed(Crowd(stay=True), [attempt(port, "eve")] * 3, concurrency=2)
    assert tally.seconds == []
    assert tally.failures == ["got in as somebody else"] * 3
    assert tally.elapsed is None


async def test_nobody_listens() -> None:
    async with listening() as port:
        pass
    tally = await closed(Crowd(stay=True), [attempt(port)], concurrency=1)
    assert tally.failures == ["no connection: ConnectionRefusedError"]


@contextmanager
def accepting_nobody() -> Iterator[int]:
    """Yields a port whose listen queue is full: whoever comes next hears nothing."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((HOST, 0), backlog=0))
        while True:
            waits = stack.enter_context(socket.socket())
            waits.setblocking(False)
            waits.connect_ex(listener.getsockname())
            if not select.select([], [waits], [], 0.2)[1]:
                break
        yield listener.getsockname()[1]


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_nobody_waits_for_ever_to_be_connected(factory: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def waits(port: int) -> Tally:
        async with asyncio.timeout(5):
            return await closed(Crowd(stay=True, patience=0.1), [attempt(port)] * 2, concurrency=2)

    with accepting_nobody() as port, asyncio.Runner(loop_factory=factory) as runner:
        assert runner.run(waits(port)).failures == ["no connection: TimeoutError"] * 2


async def test_silence_after_the_connecting_has_an_end() -> None:
    async def silent(line: ServerConnection) -> None:
        await line.wait_closed()

    async with asyncio.timeout(5), listening(silent) as port:
        crowd = Crowd(stay=True, patience=0.1)
        assert not await crowd.one(attempt(port), 0.0)
    assert crowd.tally.failures == ["no answer"]


async def test_an_open_loop_waits_for_nobody() -> None:
    """Ten arrivals, 10 ms apart, at a server that takes 100 ms: one after another they would take a second."""
    async with listening(delay=0.1) as port:
        crowd = Crowd(stay=False)
        tally = await opened(crowd, itertools.repeat(attempt(port)), [n / 100 for n in range(10)])
        await crowd.disperse()
    assert len(tally.seconds) == 10
    assert min(tally.seconds) >= 0.1
    assert tally.elapsed is not None
    assert tally.elapsed < 0.6


async def test_the_clock_starts_at_the_intended_arrival() -> None:
    """All arrivals were to be 50 ms before now."""
    async with listening() as port:
        crowd = Crowd(stay=False)
        tally = await opened(crowd, itertools.repeat(attempt(port)), [-0.05] * 3)
        await crowd.disperse()
    assert min(tally.seconds) >= 0.05


async def test_each_sample_knows_its_end() -> None:
    async with listening() as port:
        tally = await closed(Crowd(stay=False), [attempt(port)] * 5, concurrency=2)
    assert max(tally.ends) == tally.last
    assert len(tally.ends) == len(tally.seconds) == tally.trips
    assert tally.sent > 0
    assert tally.received > 0


async def test_another_source_address() -> None:
    seen = []

    async def looks(line: ServerConnection) -> None:
        seen.append(line.remote_address[0])
        await line.send(READY)

    async with listening(looks) as port:
        far = Attempt(Target(HOST, port, "/"), opens, "", ("ada", None, None), source="127.0.0.9")
        assert await Crowd(stay=False).one(far, 0.0)
    assert seen == ["127.0.0.9"]


async def test_who_is_cut_off_is_gone_and_counted() -> None:
    async with listening() as port:
        crowd = Crowd(stay=True)
        await closed(crowd, [attempt(port)] * 4, concurrency=4)
        assert len(crowd) == 4
        assert crowd.drop() == 4
        await crowd.disperse()
        assert len(crowd) == 0


async def test_all_come_back_each_after_its_delay() -> None:
    async with listening() as port:
        crowd = Crowd(stay=True)
        tally = await returned(crowd, [attempt(port)] * 3, [0.0, 0.05, 0.1], seconds=5)
        assert (len(crowd), tally.failures) == (3, [])
        await crowd.disperse()
    assert tally.elapsed is not None
    assert tally.elapsed >= 0.1
    assert max(tally.seconds) < 1, "the clock starts at the end of the delay"


async def test_who_is_refused_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.storm.loops.FIRST_PAUSE", 0.01)
    calls = itertools.count()

    async def at_last(line: ServerConnection) -> None:
        if next(calls) < 2:
            await line.close(4503)
        else:
            await line.send(READY)
            await line.wait_closed()

    async with listening(at_last) as port:
        crowd = Crowd(stay=True)
        tally = await returned(crowd, [attempt(port)], [0.0], seconds=5)
        await crowd.disperse()
    assert tally.failures == ["closed with 4503"] * 2
    assert len(tally.seconds) == 1


async def test_a_return_ends_by_itself() -> None:
    async def silent(line: ServerConnection) -> None:
        await line.wait_closed()

    async with asyncio.timeout(5), listening(silent) as port:
        crowd = Crowd(stay=True)
        tally = await returned(crowd, [attempt(port)] * 2, [0.0, 0.0], seconds=0.1)
        crowd.drop()
    assert tally.failures == ["not back in time"] * 2
