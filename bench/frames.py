"""A connection that is through its handshake, for what a frame costs afterwards.

Frames lie ready when the application asks for the next one: nothing but its own work, and what stands
around it, lies between two of them.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from strategies.flow import ClientFlow, Open
from strategies.wire import App, Event

from .inprocess import Peer, scope

_SECONDS = 10.0
"""No handshake and no batch of echoes takes longer."""


class Conversation(Peer):
    """The client's end of one connection. See `talking`."""

    def __init__(self, flow: ClientFlow) -> None:
        super().__init__(flow)
        self.opened = asyncio.Event()
        self._due: deque[Event] = deque()
        self._more = asyncio.Event()
        self._echoes: list[str] = []
        self._answered = asyncio.Event()
        self._wanted = 0

    async def afterwards(self) -> Event:
        while not self._due:
            self._more.clear()
            await self._more.wait()
        return self._due.popleft()

    async def send(self, event: Event) -> None:
        if not self.ready:
            await super().send(event)
            if self.ready:
                self.opened.set()
        elif event["type"] == "websocket.send":
            self._echoes.append(event["text"])
            if len(self._echoes) == self._wanted:
                self._answered.set()

    async def echo(self, count: int) -> list[Any]:
        """Sends `count` echo commands, different ones; what came back for each."""
        self._echoes, self._wanted = [], count
        self._answered.clear()
        self._lay_ready(*({"type": "websocket.receive", "text": _command(number)} for number in range(count)))
        async with asyncio.timeout(_SECONDS):
            await self._answered.wait()
        return [json.loads(text)["data"] for text in self._echoes]

    def leave(self) -> None:
        self._lay_ready({"type": "websocket.disconnect", "code": 1000})

    def _lay_ready(self, *events: Event) -> None:
        self._due.extend(events)
        self._more.set()


@asynccontextmanager
async def talking(app: App, path: str, flow: ClientFlow, origin: str) -> AsyncIterator[Conversation]:
    """A connection on which the application has said that it is ready. Raises `TimeoutError` where it doesn't."""
    opening = next(flow)
    assert isinstance(opening, Open)
    peer = Conversation(flow)
    running = asyncio.ensure_future(app(scope(path, opening, origin), peer.receive, peer.send))
    try:
        async with asyncio.timeout(_SECONDS):
            await peer.opened.wait()
        yield peer
        peer.leave()
        async with asyncio.timeout(_SECONDS):
            await asyncio.wait([running])
    finally:
        running.cancel()


def _command(number: int) -> str:
    return json.dumps({"command": "echo", "data": number})
