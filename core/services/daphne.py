"""A daphne of our own: one server process of the lab, directly or behind a proxy on this machine."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from .ports import HOST, speaks_http
from .service import Service, address

BACKLOG = 4_096
"""What Linux allows as it is (`net.core.somaxconn`); daphne's own is 50."""
HANDSHAKE_SECONDS = 65
"""daphne's own 5 are over before a storm is, for everybody at once. More than the longest wait for a gate's answer,
which `strategies.deadline` ends; docs/deploy.md and docs/examples/ have the number too."""


class Daphne(Service):
    name: ClassVar[str] = "daphne"

    def __init__(self, folder: Path, application: str, environment: Mapping[str, str], *, proxied: bool) -> None:
        """`proxied`: the client's address is what X-Forwarded-For says. Whoever reaches the port can then lie."""
        super().__init__(folder, environment)
        self._application = application
        self._proxied = proxied

    @property
    def url(self) -> str:
        return f"http://{address(self.port)}"

    def _command(self) -> Sequence[str]:
        return [
            *(sys.executable, "-m", "daphne", "-e", f"tcp:port={self.port}:interface={HOST}:backlog={BACKLOG}"),
            *("--websocket_connect_timeout", str(HANDSHAKE_SECONDS)),
            *("-v", "0", "--access-log", "-", *(["--proxy-headers"] if self._proxied else []), self._application),
        ]

    def _answers(self) -> bool:
        return speaks_http(self.port)
