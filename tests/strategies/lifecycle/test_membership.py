"""A process that has lived for long, and one whose Redis was away, are still told at once: by both layers of Redis."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer

from core.services.redis import Redis
from strategies.lifecycle import subscription
from strategies.revocation import GROUP, NUDGE

pytestmark = pytest.mark.services

EXPIRY = 2
"""Seconds after which the layer forgets a member."""
AT_ONCE = 0.5
"""Seconds in which a nudge arrives: half of what passes until the journal is read anyway."""
RECOVERY = 15.0
FOREIGN = {**NUDGE, "from": "another process"}

MakeLayer = Callable[[], Any]
LAYERS: dict[str, Callable[[str], Any]] = {
    "pubsub": lambda url: RedisPubSubChannelLayer(hosts=[url]),
    "queues": lambda url: RedisChannelLayer(hosts=[url], group_expiry=EXPIRY),
}


@pytest.fixture(params=LAYERS)
def make_layer(request: pytest.FixtureRequest, redis: Redis) -> MakeLayer:
    return lambda: LAYERS[request.param](redis.url)


class Heard:
    """What others said, apart from what a membership says to itself: told by the layer, which all of it passes."""

    def __init__(self, layer: Any) -> None:
        self.nudges = 0
        self._layer = layer
        self._receive = layer.receive
        self._foreign = asyncio.Event()
        layer.receive = self._listen

    async def _listen(self, channel: str) -> Any:
        message = await self._receive(channel)
        if "from" in message:
            self._foreign.set()
        return message

    def nudge(self) -> None:
        self.nudges += 1

    async def another(self, sender: Any) -> float:
        """The seconds that a nudge of another process takes; infinite for one that doesn't come."""
        self._foreign.clear()
        before, began = self.nudges, time.monotonic()
        try:
            async with asyncio.timeout(AT_ONCE):
                await sender.group_send(GROUP, FOREIGN)
                await self._foreign.wait()
                await asyncio.sleep(0)
        except Exception:  # a layer that is away, or the time
            return float("inf")
        assert self.nudges > before
        return time.monotonic() - began


@asynccontextmanager
async def member(layer: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Heard]:
    monkeypatch.setattr(subscription, "get_channel_layer", lambda: layer)
    heard = Heard(layer)
    task = asyncio.create_task(subscription.subscription(heard.nudge))
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.wait([task])
        await layer.flush()
        gc.collect()  # tasks of the layer's own that failed are said now, not in the midst of somebody's work


async def until_told(heard: Heard, sender: Any) -> None:
    async with asyncio.timeout(RECOVERY):
        while await heard.another(sender) > AT_ONCE:
            pass


async def test_after_days(make_layer: MakeLayer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscription, "RENEW", EXPIRY / 3)
    sender = make_layer()
    async with member(make_layer(), monkeypatch) as heard:
        await until_told(heard, sender)
        await asyncio.sleep(3 * EXPIRY + 1)
        assert await heard.another(sender) < AT_ONCE
    await sender.flush()


async def test_after_a_quiet_time(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """redis-py ends every wait after five seconds; a membership outlasts that."""
    sender, layer = RedisChannelLayer(hosts=[redis.url]), RedisChannelLayer(hosts=[redis.url])
    async with member(layer, monkeypatch) as heard:
        await until_told(heard, sender)
        await asyncio.sleep(6)
        for _ in range(20):  # within the second in which a membership that had ended would be none
            assert await heard.another(sender) < AT_ONCE
            await asyncio.sleep(0.05)
    await sender.flush()
    assert [one for one in caplog.messages if one.startswith("no revocations")] == []


async def test_who_does_not_renew_is_forgotten(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """That the test above can fail."""
    sender, layer = LAYERS["queues"](redis.url), LAYERS["queues"](redis.url)
    async with member(layer, monkeypatch) as heard:
        layer.group_expiry = 3 * 86_400  # what the member believes
        sender.group_expiry = EXPIRY  # what is so
        await until_told(heard, sender)
        await asyncio.sleep(EXPIRY + 1.5)
        assert await heard.another(sender) > AT_ONCE
    await sender.flush()


@pytest.mark.parametrize("harm", ["kill", "stop"])
async def test_after_redis_was_away(
    harm: str, make_layer: MakeLayer, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = make_layer()
    async with member(make_layer(), monkeypatch) as heard:
        await until_told(heard, sender)
        getattr(redis, harm)()
        try:
            assert await heard.another(sender) > AT_ONCE
        finally:
            await asyncio.to_thread(redis.resume if harm == "stop" else redis.start)
        await until_told(heard, sender)
        for _ in range(3):
            assert await heard.another(sender) < AT_ONCE
    await sender.flush()
