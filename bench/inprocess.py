"""Whole handshakes without a socket, for costs inside the process: gate, strategy, backend, application.

The client half is run inside the gate's own `receive` and `send`, so that no task, queue or time-out of a
rig is measured along. For verdicts there is `strategies.conformance.inprocess`, which checks more.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from channels.auth import AuthMiddlewareStack

from strategies import messages
from strategies.conformance.probe import witness
from strategies.flow import ClientFlow, Open, Receive, Send
from strategies.handshake import Handshake, Scope
from strategies.limits import UNLIMITED
from strategies.registry import Pair
from strategies.strategy import Strategy
from strategies.wire import App, Event

from .client import upgrade
from .lineup import AGAIN, CONTROL, Entry
from .tutorial import TutorialMiddleware


def application(entry: Entry, inner: App = witness) -> Any:
    """`inner` behind a contender. Nothing limits it: one client plays all users."""
    if entry.pair:
        return replace(entry.pair, limits=UNLIMITED).guard(inner)
    controls = {CONTROL: _bare, AGAIN: _bare, "control-session": AuthMiddlewareStack, "tutorial": TutorialMiddleware}
    return controls[entry.key](inner)


def _bare(inner: App) -> App:
    return inner


async def handshakes(
    entry: Entry, app: App, tokens: Sequence[str], origin: str, *, together: bool
) -> list[dict[str, Any]]:
    """One with each token, all at once or one after the other; their ready frames in order."""
    every = [handshake(app, entry.path, entry.client(token), origin) for token in tokens]
    return await asyncio.gather(*every) if together else [await one for one in every]


async def handshake(app: App, path: str, flow: ClientFlow, origin: str | None) -> dict[str, Any]:
    """Goes through a client half and leaves; the application's ready frame, or {} without one."""
    opening = next(flow)
    assert isinstance(opening, Open)
    peer = Peer(flow)
    await app(scope(path, opening, origin), peer.receive, peer.send)
    return peer.ready


def request(pair: Pair, token: str, origin: str) -> Scope:
    """The upgrade request by which a pair's client presents a credential."""
    opening = next(pair.strategy.client(token))
    assert isinstance(opening, Open)
    return scope(f"/{pair.path}", opening, origin)


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


class Peer:
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
            return await self.afterwards()
        if event["type"] == "rig.wait":
            event["answer"] = await self._answers.get()
            return await self.receive()
        return event

    async def afterwards(self) -> Event:
        """What the client says once its half is through."""
        await self._over.wait()
        return {"type": "websocket.disconnect", "code": 1000}

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


def presented(strategy: Strategy, scope: Scope, token: str) -> str:
    """What a strategy's two halves come to between themselves: the credential as the server half returns it."""
    server, client = strategy.server(Handshake.from_scope(scope)), strategy.client(token)
    next(client)
    answer = said = ""
    while True:
        try:
            step = server.send(answer) if answer else next(server)
        except StopIteration as stop:
            return str(stop.value.token)
        answer = ""
        if isinstance(step, Send):
            said = step.text
        elif isinstance(step, Receive):
            answer = _spoken(client, said)


def _spoken(client: ClientFlow, heard: str) -> str:
    """The next frame of a client half, which may wait for one before."""
    step = next(client)
    while isinstance(step, Receive):
        step = client.send(heard)
    assert isinstance(step, Send)
    return step.text


def round_trips(flow: ClientFlow) -> int:
    """How often a client waits for the server: 1 where the upgrade request says it all, at least 2 otherwise."""
    next(flow)
    return 1 if next(flow, None) is None else 2


def request_bytes(path: str, flow: ClientFlow, origin: str | None) -> int:
    """The size of the upgrade request on the wire."""
    opening = next(flow)
    assert isinstance(opening, Open)
    return sum(map(len, upgrade("localhost", 80, path, opening, origin).data_to_send()))
