"""The upgrade request, and whether its answer is one [RFC 6455 §4]."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from urllib.parse import urlencode

from strategies.flow import Open

END = b"\r\n\r\n"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY = base64.b64encode(b"a storm on local")
"""Sixteen bytes, the same for all: a key guards against caches, and there is none on loopback."""
_DEFLATE = b"permessage-deflate"
NOT_DEFLATED = "no permessage-deflate"
_ACCEPT = base64.b64encode(hashlib.sha1(_KEY + _GUID, usedforsecurity=False).digest())


class NoUpgrade(Exception):
    """The server said something else than 101: the message is its status line's, or what is wrong."""


@dataclass(frozen=True, slots=True)
class Target:
    """A route of the server under load."""

    host: str
    port: int
    path: str
    origin: str | None = None

    def request(self, opening: Open, *, deflate: bool = False) -> bytes:
        """The upgrade request that a client half opens with; `deflate`: compression is offered."""
        query = f"?{urlencode(opening.query)}" if opening.query else ""
        lines = [
            f"GET {self.path}{query} HTTP/1.1".encode(),
            f"Host: {self.host}:{self.port}".encode(),
            b"Upgrade: websocket",
            b"Connection: Upgrade",
            b"Sec-WebSocket-Key: " + _KEY,
            b"Sec-WebSocket-Version: 13",
            *(name + b": " + value for name, value in opening.headers),
        ]
        if deflate:
            lines.append(b"Sec-WebSocket-Extensions: " + _DEFLATE + b"; client_max_window_bits")
        if self.origin is not None:
            lines.append(b"Origin: " + self.origin.encode())
        if opening.subprotocols:
            lines.append(b"Sec-WebSocket-Protocol: " + ", ".join(opening.subprotocols).encode())
        return b"\r\n".join(lines) + END


@dataclass(frozen=True, slots=True)
class Offer:
    """What the answer is held against."""

    subprotocols: tuple[str, ...] = field(default=(), repr=False)
    deflate: bool = False

    def check(self, head: bytes) -> None:
        """`head`: the answer without its empty line. Raises `NoUpgrade`.

        As strict as a browser: the server must name one of the protocols that it was offered.
        """
        status, *lines = head.split(b"\r\n")
        if status.split(b" ")[1:2] != [b"101"]:
            raise NoUpgrade(
                f"HTTP {status.split(b' ')[1][:3].decode('ascii', 'replace')}" if b" " in status else "no HTTP"
            )
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        if fields.get(b"sec-websocket-accept") != _ACCEPT:
            raise NoUpgrade("a wrong Sec-WebSocket-Accept")
        named = fields.get(b"sec-websocket-protocol", b"").decode("latin-1")
        if (self.subprotocols or named) and named not in self.subprotocols:
            raise NoUpgrade("a subprotocol that was not offered, or none of those that were")
        extension = fields.get(b"sec-websocket-extensions", b"").partition(b";")[0].strip()
        if extension != (_DEFLATE if self.deflate else b""):
            raise NoUpgrade(NOT_DEFLATED if self.deflate and not extension else "an extension that was not offered")
