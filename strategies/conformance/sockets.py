"""Attempts over a real socket, with two clients: one lenient, one as strict as a browser.

Needs the extra `conformance`. The strict one matters: a client that doesn't check the answered
subprotocol can't see the most common bug of subprotocol strategies.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar
from urllib.request import urlopen

import websocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatus, NegotiationError
from websockets.typing import Origin, Subprotocol

from .medium import Answer, Ended, Line, Request
from .probe import ENDPOINT, Observation

AnyLine = TypeVar("AnyLine", bound=Line)

_SECONDS = 30.0
"""No read waits longer: the judge's own limit is shorter."""
_NO_ANSWER = Answer(0)
"""The connection ended without an HTTP answer."""


class _Served:
    """What both clients share: a server on loopback with a probe behind its contenders."""

    def __init__(self, host: str, port: int, *, name: str, denies_with_status: bool) -> None:
        self.name = name
        self.denies_with_status = denies_with_status
        self._host, self._port = host, port

    def url(self, request: Request) -> str:
        query = f"?{request.query_string}" if request.query_string else ""
        return f"ws://{self._host}:{self._port}{request.path}{query}"

    async def observe(self, attempt: str) -> Observation:
        return await asyncio.to_thread(self._observe, attempt)

    def _observe(self, attempt: str) -> Observation:
        with urlopen(f"http://{self._host}:{self._port}{ENDPOINT}{attempt}", timeout=_SECONDS) as answer:
            return Observation(**json.load(answer))


async def _answered(dial: Callable[[Request], Awaitable[AnyLine]], request: Request) -> AnyLine:
    """A connection that breaks without an answer is tried once more: on a busy machine one in thousands does."""
    line = await dial(request)
    return line if line.answer is not _NO_ANSWER else await dial(request)


class LenientSockets(_Served):
    """`websockets`: asynchronous, takes any answer."""

    async def dial(self, request: Request) -> LenientLine:
        return await _answered(self._dial, request)

    async def _dial(self, request: Request) -> LenientLine:
        headers = [(name.decode(), value.decode("latin-1")) for name, value in request.headers]
        try:
            connection = await connect(
                self.url(request),
                additional_headers=headers,
                origin=Origin(request.origin) if request.origin is not None else None,
                subprotocols=[Subprotocol(name) for name in request.opening.subprotocols] or None,
                user_agent_header=None,
                compression=None,
                proxy=None,
                ping_interval=None,
                open_timeout=_SECONDS,
                max_size=2**24,
            )
        except InvalidStatus as refused:
            response = refused.response
            pairs = tuple((name.encode(), value.encode("latin-1")) for name, value in response.headers.raw_items())
            return LenientLine(None, Answer(response.status_code, pairs, body=bytes(response.body or b"")))
        except (InvalidMessage, InvalidHandshake, NegotiationError, EOFError, ConnectionResetError):
            return LenientLine(None, _NO_ANSWER)
        answered = connection.response
        pairs = tuple(
            (name.encode(), value.encode("latin-1"))
            for name, value in (answered.headers.raw_items() if answered else ())
        )
        return LenientLine(connection, Answer(101, pairs, connection.subprotocol))


class LenientLine:
    def __init__(self, connection: ClientConnection | None, answer: Answer) -> None:
        self.answer = answer
        self._connection = connection

    async def send(self, *frames: str | bytes) -> None:
        try:
            for frame in frames:
                if self._connection is not None:
                    await self._connection.send(frame)
        except ConnectionClosed:
            return

    async def receive(self) -> str | bytes | Ended:
        if self._connection is None:
            return Ended(1006)
        try:
            return await self._connection.recv()
        except ConnectionClosed as closed:
            return Ended(closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else Ended(1006)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()


class _Strict(websocket.WebSocket):
    def send_close(self, *arguments: Any, **options: Any) -> None:
        """The reply to a close frame: a server that didn't wait for it has said its code all the same."""
        with suppress(OSError, websocket.WebSocketException):
            super().send_close(*arguments, **options)


class StrictSockets(_Served):
    """`websocket-client`: fails, as browsers do, when the server names no protocol that was offered."""

    async def dial(self, request: Request) -> StrictLine:
        return await _answered(self._dial, request)

    async def _dial(self, request: Request) -> StrictLine:
        return await asyncio.to_thread(self._connect, request)

    def _connect(self, request: Request) -> StrictLine:
        client: Any = _Strict()  # websocket-client has no types
        options: dict[str, Any] = {"suppress_origin": True}
        if request.origin is not None:
            options = {"origin": request.origin}
        try:
            client.connect(
                self.url(request),
                header=[f"{name.decode()}: {value.decode('latin-1')}" for name, value in request.headers],
                subprotocols=list(request.opening.subprotocols) or None,
                timeout=_SECONDS,
                **options,
            )
        except websocket.WebSocketBadStatusException as refused:
            pairs = tuple((name.encode(), value.encode()) for name, value in (refused.resp_headers or {}).items())
            return StrictLine(None, Answer(refused.status_code, pairs, body=bytes(refused.resp_body or b"")))
        except (websocket.WebSocketException, ConnectionResetError):
            return StrictLine(None, _NO_ANSWER)
        pairs = tuple((name.encode(), str(value).encode()) for name, value in (client.headers or {}).items())
        return StrictLine(client, Answer(101, pairs, client.subprotocol))


class StrictLine:
    def __init__(self, client: websocket.WebSocket | None, answer: Answer) -> None:
        self.answer = answer
        self._client = client

    async def send(self, *frames: str | bytes) -> None:
        if self._client is not None:
            await asyncio.to_thread(self._send, self._client, frames)

    def _send(self, client: websocket.WebSocket, frames: tuple[str | bytes, ...]) -> None:
        try:
            for frame in frames:
                client.send(
                    frame, websocket.ABNF.OPCODE_TEXT if isinstance(frame, str) else websocket.ABNF.OPCODE_BINARY
                )
        except (OSError, websocket.WebSocketException):
            return

    async def receive(self) -> str | bytes | Ended:
        if self._client is None:
            return Ended(1006)
        return await asyncio.to_thread(self._receive, self._client)

    def _receive(self, client: websocket.WebSocket) -> str | bytes | Ended:
        try:
            opcode, data = client.recv_data()
        except (OSError, websocket.WebSocketException):
            return Ended(1006)
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            code = struct.unpack("!H", data[:2])[0] if len(data) >= 2 else 1005
            return Ended(code, data[2:].decode("utf-8", "replace"))
        return data.decode() if opcode == websocket.ABNF.OPCODE_TEXT else bytes(data)

    async def close(self) -> None:
        if self._client is not None:
            await asyncio.to_thread(self._client.shutdown)
