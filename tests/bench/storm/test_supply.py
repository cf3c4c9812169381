from __future__ import annotations

import asyncio
from multiprocessing import Pipe

import pytest

from bench.storm.connection import Attempt
from bench.storm.supply import Supply, Wanted
from bench.storm.upgrade import Target
from strategies.flow import ClientFlow, Open


def opens(token: str) -> ClientFlow:
    yield Open()


ATTEMPT = Attempt(Target("127.0.0.1", 1, "/"), opens, "old", ("ada", "header", "toy"))


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_those_who_ask_meanwhile_ask_together() -> None:
    ours, parents = Pipe()
    async with Supply(ours) as supply:
        asking = [asyncio.ensure_future(supply.renewed(ATTEMPT)) for _ in range(3)]
        await settled()
        assert parents.recv() == Wanted(1)
        assert not parents.poll()
        parents.send([("new-0", "ada")])
        first = await asking[0]
        assert (first.token, first.proof, first.target) == ("new-0", ATTEMPT.proof, ATTEMPT.target)
        assert parents.recv() == Wanted(2)
        parents.send([("new-1", "bob"), ("new-2", "eve")])
        others = await asyncio.gather(*asking[1:])
    assert [(one.token, one.proof[0]) for one in others] == [("new-1", "bob"), ("new-2", "eve")]


async def test_it_does_not_end_before_it_was_answered() -> None:
    """Else the answer would be taken for the next order."""
    ours, parents = Pipe()
    supply = Supply(ours)
    await supply.__aenter__()
    asking = asyncio.ensure_future(supply.renewed(ATTEMPT))
    await settled()
    asking.cancel()
    ending = asyncio.ensure_future(supply.__aexit__())
    await settled()
    assert not ending.done()
    parents.recv()
    parents.send([("new", "ada")])
    await asyncio.wait_for(ending, 5)
    assert not ours.poll()


async def test_a_parent_that_dies_is_not_waited_for() -> None:
    ours, parents = Pipe()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(5), Supply(ours) as supply:
            asking = asyncio.ensure_future(supply.renewed(ATTEMPT))
            await settled()
            parents.close()
            asking.cancel()
            await asking
