"""A whole handshake without a socket, for costs inside the process: gate, strategy, backend, application.

The client half is run inside the gate's own `receive` and `send`, so that no task, queue or time-out of a
rig is measured along. For verdicts there is `strategies.conformance.inprocess`, which checks more.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from strategies import messages
from strategies.flow import ClientFlow, Open, Send
from strategies.handshake import Scope
from strategies.wire import App, Event

from .client import upgrade


async def handshake(app: App, path: str, flow: ClientFlow, origin: str | None) -> dict[str, Any]:
    """Goes through a client half and leaves; the application's ready frame, or {} without one."""
    opening = next(flow)
    assert isinstance(opening, Open)
    peer = _Peer(flow)
    await app(scope(path, opening, origin), peer.receive, peer.send)
    return peer.ready


def scope(path: str, opening: Open, origin: str | None) -> Scope:
    """What a server makes of an upgrade request."""
    headers = [(b"host", b"testserver"), *opening.headers]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    if opening.subprotocols:
        headers.append((b"sec-websocket-protocol", ", ".join(opening.subprotocols).encode()))
    return {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "query_string": urlencode(opening.query).encode(),
        "headers": headers,
        "client": ("127.0.0.1", 50_000),
        "subprotocols": list(opening.subprotocols),
    }


class _Peer:
    """The client's end: says what its half says, and leaves when the application is ready or has said no."""

    def __init__(self, flow: ClientFlow) -> None:
        self.ready: dict[str, Any] = {}
        self._flow = flow
        self._answers: asyncio.Queue[str] = asyncio.Queue()
        self._over = asyncio.Event()
        self._events = self._say()

    async def receive(self) -> Event:
        event = next(self._events, None)
        if event is None:
            await self._over.wait()
            return {"type": "websocket.disconnect", "code": 1000}
        if event["type"] == "rig.wait":
            event["answer"] = await self._answers.get()
            return await self.receive()
        return event

    async def send(self, event: Event) -> None:
        if event["type"] == "websocket.close":
            self._over.set()
        if event["type"] != "websocket.send" or messages.is_notice(event["text"]):
            return
        frame = json.loads(event["text"])
        if frame.get("type") == "ready":
            self.ready = frame
            self._over.set()
        else:
            self._answers.put_nowait(event["text"])

    def _say(self) -> Iterator[Event]:
        yield {"type": "websocket.connect"}
        answer = ""
        while True:
            try:
                step = self._flow.send(answer) if answer else next(self._flow)
            except StopIteration:
                return
            answer = ""
            if isinstance(step, Send):
                yield {"type": "websocket.receive", "text": step.text}
            else:
                wait: Event = {"type": "rig.wait"}
                yield wait
                answer = wait["answer"]


def round_trips(flow: ClientFlow) -> int:
    """How often a client waits for the server: 1 where the upgrade request says it all, at least 2 otherwise."""
    next(flow)
    return 1 if next(flow, None) is None else 2


def request_bytes(path: str, flow: ClientFlow, origin: str | None) -> int:
    """The size of the upgrade request on the wire."""
    opening = next(flow)
    assert isinstance(opening, Open)
    return sum(map(len, upgrade("localhost", 80, path, opening, origin).data_to_send()))
