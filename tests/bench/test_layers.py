from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from bench import layers
from bench.layers import require_layer
from bench.serving import EnvironmentFailed


def redis(port: int) -> dict[str, Any]:
    hosts = [f"redis://:hunter2@127.0.0.1:{port}/0"]
    return {"default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": hosts}}}


@pytest.fixture
def mute() -> Iterator[int]:
    """The port of something that takes connections and never says anything."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("layer", [{}, {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}])
async def test_none_and_one_in_memory_will_do(layer: dict[str, Any], settings: Any) -> None:
    settings.CHANNEL_LAYERS = layer
    await require_layer()


async def test_nobody_listens(settings: Any) -> None:
    settings.CHANNEL_LAYERS = redis(1)
    with pytest.raises(
        EnvironmentFailed, match=r"channel layer can't be used \(REDIS_URL\): .*127\.0\.0\.1:1"
    ) as failed:
        await require_layer()
    assert "hunter2" not in str(failed.value)


async def test_nobody_answers(settings: Any, mute: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "SECONDS", 0.1)
    settings.CHANNEL_LAYERS = redis(mute)
    with pytest.raises(EnvironmentFailed, match=r"no answer within 0\.1 s"):
        await require_layer()
