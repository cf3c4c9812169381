"""The one membership of a process: kept, proven, regained, over a layer that can fail."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from strategies.lifecycle import subscription
from strategies.revocation import GROUP
from tests.strategies.toys import until


class Layer:
    """Delivers what is sent to its group to the members, unless it is told to fail."""

    group_expiry = 0.3

    def __init__(self) -> None:
        self.members: dict[str, asyncio.Queue[Any]] = {}
        self.joined: list[str] = []
        self.failing: dict[str, Exception] = {}
        self.deaf = False
        self.swallowed = 0

    def _may_fail(self, verb: str) -> None:
        if verb in self.failing:
            raise self.failing[verb]

    async def new_channel(self, prefix: str) -> str:
        self._may_fail("new_channel")
        return f"{prefix}.{len(self.joined)}"

    async def group_add(self, group: str, channel: str) -> None:
        assert group == GROUP
        self._may_fail("group_add")
        self.joined.append(channel)
        self.members.setdefault(channel, asyncio.Queue())

    async def group_discard(self, group: str, channel: str) -> None:
        self._may_fail("group_discard")
        self.members.pop(channel, None)

    async def group_send(self, group: str, message: Any) -> None:
        if not self.deaf:
            for queue in self.members.values():
                queue.put_nowait(message)

    async def receive(self, channel: str) -> Any:
        self._may_fail("receive")
        return await self.members.setdefault(channel, asyncio.Queue()).get()


class Nudged:
    def __init__(self) -> None:
        self.times = 0
        self.more = asyncio.Event()

    def __call__(self) -> None:
        self.times += 1
        self.more.set()

    async def until(self, times: int) -> None:
        async with asyncio.timeout(5):
            while self.times < times:
                self.more.clear()
                await self.more.wait()


@pytest.fixture
def layer(monkeypatch: pytest.MonkeyPatch) -> Layer:
    found = Layer()
    monkeypatch.setattr(subscription, "get_channel_layer", lambda: found)
    monkeypatch.setattr(subscription, "PAUSE", 0.01)
    monkeypatch.setattr(subscription, "PATIENCE", 0.05)
    return found


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_it_is_nudged_by_whatever_the_group_gets(layer: Layer) -> None:
    nudged = Nudged()
    task = asyncio.ensure_future(subscription.subscription(nudged))
    await nudged.until(1)  # its own proof
    await layer.group_send(GROUP, {})
    await nudged.until(2)
    await stopped(task)
    assert not layer.members, "it leaves the group"


async def test_it_renews_what_a_layer_forgets(layer: Layer) -> None:
    nudged = Nudged()
    task = asyncio.ensure_future(subscription.subscription(nudged))
    await nudged.until(4)
    assert len(layer.joined) >= 4
    assert len(set(layer.joined)) == 1
    await stopped(task)


@pytest.mark.parametrize("verb", ["new_channel", "group_add", "receive"])
async def test_a_layer_that_fails_is_tried_until_it_works(
    layer: Layer, verb: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "wsauth")
    layer.failing[verb] = OSError("a password")
    nudged = Nudged()
    task = asyncio.ensure_future(subscription.subscription(nudged))
    await nudged.until(3)  # each time the journal is asked
    layer.failing.clear()
    await until(lambda: len(caplog.messages) == 2)
    await stopped(task)
    assert caplog.messages == [
        "no revocations through the channel layer: OSError; trying on",
        "no revocations through the channel layer: it works again",
    ]


async def test_a_group_that_reaches_nobody_is_joined_anew(layer: Layer) -> None:
    layer.deaf = True
    nudged = Nudged()
    task = asyncio.ensure_future(subscription.subscription(nudged))
    await nudged.until(2)
    layer.deaf = False
    await nudged.until(4)
    assert len(set(layer.joined)) >= 2
    await stopped(task)


async def test_a_layer_that_tires_of_waiting_is_asked_again(
    layer: Layer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As redis-py does at its socket's time-out."""
    monkeypatch.setattr(subscription, "WAITED", 0.05)
    receive = layer.receive

    async def tires(channel: str) -> Any:
        try:
            async with asyncio.timeout(0.1):
                return await receive(channel)
        except TimeoutError:
            raise OSError from None

    monkeypatch.setattr(layer, "receive", tires)
    monkeypatch.setattr(layer, "group_expiry", 3)
    nudged = Nudged()
    task = asyncio.ensure_future(subscription.subscription(nudged))
    await nudged.until(4)
    await stopped(task)
    assert len(layer.joined) == 1, "it is no end of the membership"
    assert caplog.messages == []


async def test_a_layer_that_swallows_a_cancellation_keeps_nobody(layer: Layer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def swallows(group: str, message: Any) -> None:
        while layer.swallowed < 3:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                layer.swallowed += 1
        await Layer.group_send(layer, group, message)

    monkeypatch.setattr(subscription, "PATIENCE", 60)
    monkeypatch.setattr(layer, "group_send", swallows)
    layer.failing["receive"] = OSError()
    nudged = Nudged()
    task = asyncio.ensure_future(subscription.subscription(nudged))
    await until(lambda: layer.swallowed == 3)
    layer.failing.clear()
    await nudged.until(3)
    await stopped(task)


async def test_a_layer_that_is_away_at_the_end_holds_nobody_up(layer: Layer) -> None:
    nudged = Nudged()
    task = asyncio.ensure_future(subscription.subscription(nudged))
    await nudged.until(1)
    layer.failing["group_discard"] = OSError()
    await stopped(task)


async def test_without_a_layer_between_processes_there_is_nothing_to_join(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscription, "get_channel_layer", lambda: None)
    await subscription.subscription(Nudged())
