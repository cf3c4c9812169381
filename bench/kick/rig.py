"""What a kick is measured on: server processes, and one more that takes the log-outs."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.databases import close_connections, temporary_database
from bench.serving import EnvironmentFailed, Served, serving
from core.environment import redis_url
from core.services.programs import ProgramMissing, ServiceFailed
from core.services.redis import Redis

from .settings import LAYER

LAYERS = {
    "memory": "channels.layers.InMemoryChannelLayer",
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "queues": "channels_redis.core.RedisChannelLayer",
}
"""By the name on the command line. In memory, there is one process, which takes the log-outs itself."""
APPLICATION = "core.asgi"


@contextmanager
def rig(server: str, processes: int, layer: str, runner: asyncio.Runner) -> Iterator[tuple[list[Served], Served]]:
    """The processes with the connections, and the one that takes log-outs. Raises `EnvironmentFailed`.

    `runner`: what asks for anything in this process.
    """
    with ExitStack() as stack:
        environment = {
            "DJANGO_SETTINGS_MODULE": "bench.kick.settings",
            LAYER: LAYERS[layer],
            "REDIS_URL": "" if layer == "memory" else stack.enter_context(_redis()),
            **stack.enter_context(temporary_database()),
        }
        stack.callback(close_connections, runner)
        servers = [
            stack.enter_context(serving(server, environment, APPLICATION))
            for _ in range(processes + (layer != "memory"))
        ]
        yield servers[:processes], servers[-1]


@contextmanager
def _redis() -> Iterator[str]:
    """REDIS_URL's, or one of our own."""
    if url := redis_url("REDIS_URL"):
        yield url
        return
    try:
        with Redis(Path(tempfile.mkdtemp(prefix="wsauth-"))) as own:
            yield own.url
    except (ProgramMissing, ServiceFailed) as error:
        raise EnvironmentFailed(str(error)) from None
