"""A Redis of our own. It keeps everything in memory: after a crash it is empty."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from redis import Redis as Client
from redis.exceptions import RedisError

from . import programs
from .ports import HOST
from .service import Service, address

PACKAGE = "redis-server"


class Redis(Service):
    name: ClassVar[str] = "redis"

    def __init__(self, folder: Path) -> None:
        self._program = programs.find("redis-server", PACKAGE)
        super().__init__(folder)

    @property
    def url(self) -> str:
        return f"redis://{address(self.port)}/0"

    def _command(self) -> Sequence[str]:
        return [
            *(self._program, "--port", str(self.port), "--bind", HOST, "--dir", str(self.folder)),
            *("--save", "", "--appendonly", "no", "--daemonize", "no"),
        ]

    def _answers(self) -> bool:
        with Client.from_url(self.url, socket_timeout=5, socket_connect_timeout=5) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False
