"""Ten thousand connections that end in every way there is, and what is left of them: nothing."""

from __future__ import annotations

import asyncio
import gc
import itertools
import sys
import tracemalloc
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from strategies.backend import Backend, Identity
from strategies.gate import Gate
from strategies.journal import Revocation
from strategies.lifecycle import hub
from strategies.lifecycle.connection import Connection
from strategies.refusal import Reason
from strategies.wire import Wire
from tests.strategies.lifecycle.clockwork import Clockwork, listens
from tests.strategies.toys import Never, Server, Toy, gate, nothing_runs, presented, refusing, until

pytestmark = pytest.mark.services

SOCKETS, WAVE = 10_000, 500
LIFE = 30
"""Seconds for which the credentials of those last that expire."""
NOISE = 128 * 1024
"""Bytes; 13 for each connection: no object of each would fit in. Half of it is the room that dicts keep for more."""


@dataclass
class Row:
    pk: int
    is_active: bool = True
    is_authenticated: bool = True


class Crowd:
    """Connections of one end, through one gate each."""

    numbers = itertools.count(1)

    def __init__(self, backend: Backend, clock: Clockwork, count: int) -> None:
        made = gate("header", backend, listens, handshake_deadline=60.0)
        facts = {name: getattr(made, name) for name in made.__dataclass_fields__}
        one = Gate(**{**facts, "clock": clock})
        self.servers: list[Server] = []
        self.tasks: list[asyncio.Task[None]] = []
        for _ in range(count):
            scope, server = presented("header")
            self.servers.append(server)
            self.tasks.append(asyncio.create_task(one(scope, server.receive, server.send)))

    async def are_in(self) -> None:
        await until(lambda: all("accept" in server.types for server in self.servers))

    async def ended(self) -> list[int]:
        async with asyncio.timeout(30):
            await asyncio.gather(*self.tasks)
        return [
            event.get("code", 0) for server in self.servers for event in server.sent if event["type"].endswith("close")
        ]

    def leave(self) -> None:
        for server in self.servers:
            server.leave()


def somebody(clock: Clockwork, life: float | None = None) -> Toy:
    def found(_: str) -> Identity:
        number = next(Crowd.numbers)
        ends = None if life is None else clock.now() + life
        return Identity(Row(number), ends, clock.now(), token_id=f"token-{number}", session=f"log-in-{number % 50}")

    return Toy(found)


End = Callable[[Clockwork, int], Awaitable[None]]


async def leave(clock: Clockwork, count: int) -> None:
    crowd = Crowd(somebody(clock), clock, count)
    await crowd.are_in()
    crowd.leave()
    assert await crowd.ended() == []


async def are_revoked(clock: Clockwork, count: int) -> None:
    crowd, home = Crowd(somebody(clock), clock, count), hub.current(clock)
    await crowd.are_in()
    users = [connection.identity.user.pk for connection in home.connections.values()]
    home.apply([Revocation(user=str(user), at=clock.now()) for user in users])
    assert await crowd.ended() == [4410] * count


async def expire(clock: Clockwork, count: int) -> None:
    crowd = Crowd(somebody(clock, LIFE), clock, count)
    await crowd.are_in()
    await clock.go(LIFE + 26)
    assert await crowd.ended() == [4419] * count


async def leave_before_they_are_known(clock: Clockwork, count: int) -> None:
    backend = Never()
    crowd = Crowd(backend, clock, count)
    await until(lambda: len(hub.current(clock)._verifying) == count)
    hub.current(clock).apply([Revocation(user="1", at=clock.now())])
    crowd.leave()
    assert await crowd.ended() == []


async def are_refused(clock: Clockwork, count: int) -> None:
    await Crowd(refusing(Reason.INVALID), clock, count).ended()


ENDS: tuple[End, ...] = (leave, are_revoked, expire, leave_before_they_are_known, are_refused)


def alive() -> dict[str, int]:
    gc.collect()
    kinds: dict[str, Any] = {"connections": Connection, "wires": Wire, "tasks": asyncio.Task, "servers": Server}
    types = [
        type(one) for one in gc.get_objects()
    ]  # `isinstance` would ask lazy modules for their class, and load them
    return {name: sum(issubclass(one, kind) for one in types) for name, kind in kinds.items()}


def in_use() -> int:
    """Bytes that are traced, without the names that the interpreter's cache of methods was last asked for.

    Django makes the name `as_postgresql` anew for each part of each query, so the journal's readings may fill that
    cache: 4,096 names, 248 KiB.
    """
    sys._clear_type_cache()
    return tracemalloc.get_traced_memory()[0]


async def test_nothing_is_left() -> None:
    clock = Clockwork()
    waves = itertools.islice(itertools.cycle(ENDS), SOCKETS // WAVE)
    for end in ENDS:  # what is made once, and kept
        await end(clock, WAVE)
    await clock.go(61)
    tracemalloc.start()
    try:
        before, held = alive(), in_use()
        for end in waves:
            await end(clock, WAVE)
        await clock.go(61)  # whatever was due for a re-check is due now
        after = alive()
        growth = in_use() - held
    finally:
        tracemalloc.stop()
    home = hub.current(clock)
    assert (len(home), len(home._index), home._verifying, home._tasks, home._watch._due) == (0, 0, {}, set(), {})
    assert {name: after[name] - before[name] for name in after if after[name] > before[name] + 4} == {}
    assert growth < NOISE, f"{growth:,} bytes more"
    await nothing_runs()
