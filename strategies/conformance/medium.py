"""What carries an attempt to a contender, seen from the client's end. Two kinds: `inprocess`, `sockets`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlencode

from ..flow import Open
from ..handshake import Header
from .probe import ATTEMPT_HEADER, Observation


@dataclass(frozen=True, slots=True)
class Request:
    """One upgrade request as a client means it. `origin=None` sends no Origin header."""

    path: str
    opening: Open = field(repr=False)
    origin: str | None
    attempt: str
    """Names the attempt to the probe on the other side."""

    @property
    def query_string(self) -> str:
        return urlencode(self.opening.query)

    @property
    def headers(self) -> tuple[Header, ...]:
        """Everything but Origin and subprotocols, which clients have their own words for."""
        return (*self.opening.headers, (ATTEMPT_HEADER, self.attempt.encode()))


@dataclass(frozen=True, slots=True)
class Answer:
    """The server's answer to an upgrade request: status 101 when it was accepted."""

    status: int
    headers: tuple[Header, ...] = field(default=(), repr=False)
    subprotocol: str | None = None
    body: bytes = b""

    @property
    def accepted(self) -> bool:
        return self.status == 101


@dataclass(frozen=True, slots=True)
class Ended:
    """The connection is over: the close code that the client saw, 1006 for none."""

    code: int
    reason: str = ""


class Line(Protocol):
    """One connection."""

    answer: Answer

    async def send(self, *frames: str | bytes) -> None:
        """Text or binary frames, one right after the other; silently nothing when the connection is over."""

    async def receive(self) -> str | bytes | Ended:
        """The next frame, or the end. Waits without limit: the judge has the clock."""

    async def close(self) -> None:
        """Leaves; safe to call twice."""


class Medium(Protocol):
    """A way to reach contenders."""

    name: str
    denies_with_status: bool
    """Whether a refusal before the upgrade shows its own HTTP status, or always 403 [ASGI denial response]."""

    async def dial(self, request: Request) -> Line: ...

    async def observe(self, attempt: str) -> Observation:
        """What the application behind the contender has seen of an attempt."""
        ...
