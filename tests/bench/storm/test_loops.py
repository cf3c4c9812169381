from __future__ import annotations

import itertools

from bench.storm.connection import Attempt
from bench.storm.loops import Crowd, closed, opened
from bench.storm.upgrade import Target
from strategies.flow import ClientFlow, Open
from tests.bench.storm.toy import HOST, listening


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
    assert 0 < max(tally.seconds) <= tally.elapsed


async def test_wrong_answers_are_failures_and_no_samples() -> None:
    async with listening() as port:
        tally = await closed(Crowd(stay=True), [attempt(port, "eve")] * 3, concurrency=2)
    assert tally.seconds == []
    assert tally.failures == ["got in as somebody else"] * 3


async def test_nobody_listens() -> None:
    async with listening() as port:
        pass
    tally = await closed(Crowd(stay=True), [attempt(port)], concurrency=1)
    assert tally.failures == ["no connection: ConnectionRefusedError"]


async def test_an_open_loop_waits_for_nobody() -> None:
    """Ten arrivals, 10 ms apart, at a server that takes 100 ms: one after another they would take a second."""
    async with listening(delay=0.1) as port:
        crowd = Crowd(stay=False)
        tally = await opened(crowd, itertools.repeat(attempt(port)), [n / 100 for n in range(10)])
        await crowd.disperse()
    assert len(tally.seconds) == 10
    assert min(tally.seconds) >= 0.1
    assert tally.elapsed < 0.6


async def test_the_clock_starts_at_the_intended_arrival() -> None:
    """All arrivals were to be 50 ms before now."""
    async with listening() as port:
        crowd = Crowd(stay=False)
        tally = await opened(crowd, itertools.repeat(attempt(port)), [-0.05] * 3)
        await crowd.disperse()
    assert min(tally.seconds) >= 0.05
