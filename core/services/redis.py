"""A Redis of our own. It keeps everything in memory: after a crash it is empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from redis import Redis as Client
from redis.exceptions import RedisError

from .ports import HOST
from .service import Service, address


class Redis(Service):
    name: ClassVar[str] = "redis"
    needs: ClassVar[tuple[str, ...]] = ("redis-server",)
    package: ClassVar[str] = "redis-server"

    @property
    def url(self) -> str:
        return f"redis://{address(self.port)}/0"

    def _command(self) -> Sequence[str]:
        return [
            *(self._programs["redis-server"], "--port", str(self.port), "--bind", HOST, "--dir", str(self.folder)),
            *("--save", "", "--appendonly", "no", "--daemonize", "no"),
        ]

    def _answers(self) -> bool:
        with Client.from_url(self.url, socket_timeout=5, socket_connect_timeout=5) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False
