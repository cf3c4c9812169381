"""A clock that tests drive, and connections that run by it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from typing import Any

from strategies.gate import Gate
from strategies.lifecycle import hub
from strategies.lifecycle.connection import Connection
from strategies.wire import App
from tests.strategies.toys import STRATEGIES, Server, gate, presented, until

START = 1_800_000_000.0


class _Timer:
    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        self.callback = None


class Clockwork:
    """Stands still until it is told how far to go; what is due by then is called in its order."""

    def __init__(self, now: float = START) -> None:
        self._now = now
        self._numbers = itertools.count()
        self._timers: list[tuple[float, int, _Timer]] = []

    def now(self) -> float:
        return self._now

    def call_at(self, when: float, callback: Callable[[], object]) -> _Timer:
        timer = _Timer(callback)
        heapq.heappush(self._timers, (when, next(self._numbers), timer))
        return timer

    def set_back(self, seconds: float) -> None:
        """As an operator does; timers of the event loop don't know of it."""
        self._now -= seconds
        self._timers = [(when - seconds, number, timer) for when, number, timer in self._timers]

    async def go(self, seconds: float) -> None:
        """On by so much: whatever comes due runs, and so does what that sets off."""
        end = self._now + seconds
        await settle()
        while self._timers and self._timers[0][0] <= end:
            when, _, timer = heapq.heappop(self._timers)
            self._now = max(self._now, when)
            if timer.callback is not None:
                timer.callback()
                await settle()
        self._now = end
        await settle()


async def settle() -> None:
    """Turns the loop until everything that can run has run."""
    for _ in range(15):
        await asyncio.sleep(0)


async def listens(scope: Any, receive: Any, send: Any) -> None:
    """An application that accepts, and tells what arrives."""
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": f"got {event.get('text')}"})


class Running:
    """One connection through a gate, on a clock that stands still."""

    def __init__(self, one: Gate, server: Server, task: asyncio.Task[None], clock: Clockwork) -> None:
        self.gate = one
        self.server = server
        self.task = task
        self.clock = clock

    @property
    def hub(self) -> hub.Hub:
        return hub.current(self.clock)

    @property
    def connection(self) -> Connection:
        (found,) = [one for one in self.hub.connections.values() if one._wire._send == self.server.send]
        return found

    @property
    def closed(self) -> int | None:
        """The code with which the peer saw it end."""
        codes = [event["code"] for event in self.server.sent if event["type"] == "websocket.close"]
        return codes[0] if codes else None

    async def ended(self) -> None:
        """Its gate is through with it."""
        async with asyncio.timeout(10):
            await asyncio.shield(self.task)

    async def leave(self) -> None:
        self.server.leave()
        await self.ended()


async def runs(
    name: str, backend: Any, clock: Clockwork, *, app: App = listens, token: str | None = None, **rules: Any
) -> Running:
    """A connection that is authenticated and whose application listens."""
    one = gate(name, backend, app, **rules)
    one = Gate(**{**{field: getattr(one, field) for field in one.__dataclass_fields__}, "clock": clock})
    scope, server = presented(STRATEGIES[name], token) if token else presented(STRATEGIES[name])
    task = asyncio.ensure_future(one(scope, server.receive, server.send))
    running = Running(one, server, task, clock)
    await until(lambda: "accept" in server.types or task.done())
    await settle()
    return running
