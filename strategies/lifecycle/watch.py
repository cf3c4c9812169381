"""What looks after an event loop's live connections: it reads the journal, and asks again for those not asked lately.

It runs only while there are connections, and for a while after the last. Whatever fails, the database or the
layer, is said once, tried again, and ends no connection.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from channels.db import database_sync_to_async

from ..backend import Backend, Identity, may_authenticate
from ..journal import Reader
from ..refusal import Reason, Refused
from ..threads import own_thread
from .clock import wait
from .subscription import subscription
from .trouble import Trouble

if TYPE_CHECKING:
    from .connection import Connection
    from .hub import Hub

log = logging.getLogger("wsauth")

NAME = "wsauth watch"
"""Of its tasks: they outlive the connections, by `LINGER`."""
POLL = 1.0
"""Seconds between two looks into the journal when no nudge comes."""
LINGER = 30.0
"""Seconds for which it goes on without a connection."""
SKEW = 2.0
"""Seconds by which the clock of whoever writes the journal may be behind."""
TOGETHER = 0.1
"""Share of the re-check interval whose connections are asked for together."""
PATIENCE = 10.0
"""Seconds for an answer: the journal is not read meanwhile."""
LARGEST = 500
"""Identities per question: bounds the time that it holds the database's thread."""


class Watch:
    """The background of one hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._task: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._due: dict[int, list[str]] = {}  # names of connections by the second of Unix time in which they are

    def start(self) -> None:
        if self._task is None:
            # A context of its own: it belongs to none of the connections.
            context = contextvars.Context()
            self._task = asyncio.get_running_loop().create_task(self._run(), name=NAME, context=context)

    def wake(self) -> None:
        """The journal is read at once."""
        self._woken.set()

    def add(self, connection: Connection) -> None:
        """Asked for again within its policy's interval; not all at once that came at once."""
        interval = connection.policy.recheck
        if interval is not None:
            name = connection.name
            share = int(name[:4], 16) / 0xFFFF
            due = self._hub.clock.now() + interval * (0.75 + share / 4)
            self._due.setdefault(int(due), []).append(name)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        beside = [loop.create_task(work, name=NAME) for work in (subscription(self.wake), self._recheck())]
        try:
            await self._read()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            self._task = None
        if not self._hub.busy:
            self._due.clear()
        else:
            self.start()

    # ── what was taken back ──────────────────────────────────────────────────────────────────

    async def _read(self) -> None:
        clock = self._hub.clock
        reader = Reader(clock.now() - SKEW)
        trouble = Trouble("the journal can't be read")
        last_busy = clock.now()
        while self._hub.busy or clock.now() < last_busy + LINGER:
            await wait(clock, clock.now() + POLL, woken=self._woken)
            self._woken.clear()
            if not self._hub.busy:
                continue
            last_busy = clock.now()
            try:
                with own_thread():
                    found = await database_sync_to_async(reader.read)(clock.now())
            except Exception as error:
                trouble.met(error)
                continue
            trouble.over()
            await self._ask(self._hub.apply(found))

    # ── what no signal tells ─────────────────────────────────────────────────────────────────

    async def _recheck(self) -> None:
        clock = self._hub.clock
        while True:
            await wait(clock, clock.now() + POLL)
            due = self._take_due()
            try:
                await self._ask(due)
            finally:
                for connection in filter(self._there, due):
                    self.add(connection)

    def _take_due(self) -> list[Connection]:
        now = until = self._hub.clock.now()
        found: list[Connection] = []
        for second in sorted(self._due):
            if second > until:
                break
            some = [one for name in self._due.pop(second) if (one := self._hub.connections.get(name)) is not None]
            found += some
            until = max([until, *(now + TOGETHER * (one.policy.recheck or 0) for one in some)])
        return found

    async def _ask(self, connections: Iterable[Connection]) -> None:
        """Asks the backends, and ends those whose identity is over."""
        for backend, some in _by_backend(connections):
            before = [connection.identity for connection in some]
            try:
                async with asyncio.timeout(PATIENCE):
                    with own_thread():
                        answers = await backend.recheck([connection.for_backend for connection in some])
                for connection, was, answer in zip(some, before, answers, strict=True):
                    # Else it has left, was renewed, or has expired meanwhile.
                    if self._there(connection) and _lives(connection) and connection.identity is was:
                        _judge(connection, answer)
            except Exception as error:  # a backend may be a stranger's
                log.warning("no re-check of %d connections: %s", len(some), type(error).__name__)

    def _there(self, connection: Connection) -> bool:
        """Whether it is still one of the hub's."""
        return connection.ended is None and connection.name in self._hub.connections


def _judge(connection: Connection, answer: Identity | Refused) -> None:
    try:
        if isinstance(answer, Refused):
            raise answer
        may_authenticate(answer.user)
    except Refused as refused:
        if refused.reason is not Reason.UNAVAILABLE:
            connection.end(Reason.WITHDRAWN)
    else:
        connection.update(answer)


def _by_backend(connections: Iterable[Connection]) -> Iterator[tuple[Backend, Sequence[Connection]]]:
    """In questions of bounded size."""
    groups: dict[int, list[Connection]] = {}
    for connection in connections:
        if _lives(connection):
            groups.setdefault(id(connection.backend), []).append(connection)
    for group in groups.values():
        some = iter(group)
        while chunk := list(islice(some, LARGEST)):
            yield chunk[0].backend, chunk


def _lives(connection: Connection) -> bool:
    """Those in their grace are over soon by themselves, and their backends know it already."""
    life = connection.life
    return connection.ended is None and (life is None or life > 0)
