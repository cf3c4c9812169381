"""Attempts that never leave the process: the contender is called as the ASGI application it is.

Not a copy of a server: it keeps the ASGI contract (events in order, a disconnect after a close) and
does none of a server's own work (header limits, frame limits, time-outs).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from weakref import WeakValueDictionary

from ..handshake import Header, Scope
from ..wire import App, Event
from .medium import Answer, Ended, Request
from .probe import Observation, Probe

_MOMENT = 0.2
"""Seconds in which a contender returns that has nothing left to do."""


class InProcess:
    """Calls one ASGI application, behind which `probe` watches."""

    def __init__(self, app: App, probe: Probe, *, name: str = "in process", denies_with_status: bool = True) -> None:
        self.name = name
        self.denies_with_status = denies_with_status
        self._app = app
        self._probe = probe
        self._lines: WeakValueDictionary[str, InProcessLine] = WeakValueDictionary()

    async def dial(self, request: Request) -> InProcessLine:
        line = await InProcessLine.open(self._app, self._scope(request))
        self._lines[request.attempt] = line
        return line

    async def observe(self, attempt: str) -> Observation:
        """After an end the application may still be about to be called: what can run is let run first."""
        if (line := self._lines.get(attempt)) is not None:
            await line.settle()
        return self._probe.observe(attempt)

    def _scope(self, request: Request) -> Scope:
        headers: list[Header] = [(b"host", b"testserver"), *request.headers]
        if request.origin is not None:
            headers.append((b"origin", request.origin.encode("utf-8")))
        if request.opening.subprotocols:
            headers.append((b"sec-websocket-protocol", ", ".join(request.opening.subprotocols).encode()))
        return {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": request.path,
            "raw_path": request.path.encode(),
            "root_path": "",
            "query_string": request.query_string.encode(),
            "headers": headers,
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 80),
            "subprotocols": list(request.opening.subprotocols),
            "extensions": {"websocket.http.response": {}} if self.denies_with_status else {},
        }


class InProcessLine:
    """The client's end of a running ASGI application."""

    answer: Answer

    def __init__(self, app: App, scope: Scope) -> None:
        self._to_app: asyncio.Queue[Event] = asyncio.Queue()
        self._from_app: asyncio.Queue[Event] = asyncio.Queue()
        self._ended: Ended | None = None
        self._left = False
        self._to_app.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.ensure_future(self._run(app, scope))

    @classmethod
    async def open(cls, app: App, scope: Scope) -> InProcessLine:
        line = cls(app, scope)
        try:
            line.answer = await line._answered()
        except asyncio.CancelledError:
            line._task.cancel()  # nobody else knows of it yet
            raise
        return line

    async def send(self, *frames: str | bytes) -> None:
        for frame in frames:
            kind = "text" if isinstance(frame, str) else "bytes"
            self._to_app.put_nowait({"type": "websocket.receive", kind: frame})

    async def receive(self) -> str | bytes | Ended:
        if self._ended is not None:
            return self._ended
        event = await self._from_app.get()
        if event["type"] == "websocket.send":
            text = event.get("text")
            return str(text) if text is not None else bytes(event["bytes"])
        return self._end(Ended(event.get("code") or 1000, event.get("reason") or ""))

    async def close(self) -> None:
        if not self._left:
            self._left = True
            self._to_app.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait([self._task], timeout=5)
        if not self._task.done():
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def settle(self) -> None:
        """Once the connection has ended, waits a moment for the contender to return."""
        if self._ended is not None:
            await asyncio.wait([self._task], timeout=_MOMENT)

    async def _run(self, app: App, scope: Scope) -> None:
        failed: Event = {"type": "websocket.close", "code": 1006, "failed": True}
        try:
            await app(scope, self._to_app_get, self._from_app_put)
        except Exception:
            self._from_app.put_nowait(failed)
        else:
            self._from_app.put_nowait({"type": "websocket.close", "code": 1006})

    async def _to_app_get(self) -> Event:
        event = await self._to_app.get()
        if event["type"] == "websocket.disconnect":
            self._to_app.put_nowait(event)  # whoever asks again is told again, as servers do
        return event

    async def _from_app_put(self, event: dict[str, Any]) -> None:
        self._from_app.put_nowait(event)

    async def _answered(self) -> Answer:
        """The first event an application sends is the answer; a failure before one is a server's 500."""
        event = await self._from_app.get()
        if event["type"] == "websocket.accept":
            return Answer(101, tuple(event.get("headers") or ()), event.get("subprotocol"))
        if event["type"] == "websocket.http.response.start":
            body = await self._from_app.get()
            self._end(Ended(1006))
            return Answer(event["status"], tuple(event.get("headers") or ()), body=body.get("body", b""))
        self._end(Ended(1006))
        return Answer(500 if event.get("failed") else 403)

    def _end(self, ended: Ended) -> Ended:
        self._ended = ended
        if not self._left:
            self._left = True
            self._to_app.put_nowait({"type": "websocket.disconnect", "code": ended.code})
        return ended
