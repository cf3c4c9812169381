"""All live connections of an event loop, found by whatever a revocation can name.

Rule: nothing is lost between verification and registration. A verification is announced before it begins;
what is taken back from then on is held against its outcome, before and after it is registered.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakKeyDictionary

from .. import revocation
from ..backend import Backend, Identity
from ..journal import Revocation
from ..refusal import Reason, Refused
from .clock import SYSTEM, Clock
from .connection import Connection, reread
from .index import Index, Key, key
from .taken import ANYBODY, Taken, key_of
from .watch import Watch

log = logging.getLogger("wsauth")

DOUBT = 2.0
"""Seconds by which the clocks of two machines may differ: within it, the backend is asked."""


class Hub:
    """One event loop's connections."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self.clock = clock
        self._loop = weakref.ref(asyncio.get_running_loop())  # weak: hubs are kept for as long as their loops live
        self._connections: dict[str, Connection] = {}
        self._index = Index()
        self._verifying: dict[int, list[Taken]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._watch = Watch(self)
        revocation.listeners.add(self)

    def __len__(self) -> int:
        return len(self._connections)

    @property
    def busy(self) -> bool:
        return bool(self._connections or self._verifying)

    @property
    def connections(self) -> Mapping[str, Connection]:
        """By the name of each."""
        return self._connections

    def of(self, user: Any) -> int:
        """How many connections of that user live here; none of one without a primary key."""
        return self._index.count(key("user", str(getattr(user, "pk", None))))

    # ── coming and going ─────────────────────────────────────────────────────────────────────

    @contextmanager
    def verifying(self) -> Iterator[list[Taken]]:
        """For the time of a verification: the list gathers what is taken back meanwhile."""
        missed: list[Taken] = []
        self._verifying[id(missed)] = missed
        self._watch.start()
        try:
            yield missed
        finally:
            del self._verifying[id(missed)]

    async def admit(self, verification: Awaitable[Identity], began: float, backend: Backend) -> Identity:
        """What comes of a verification that began then, unless it was taken back meanwhile. Raises `Refused`."""
        with self.verifying() as missed:
            identity = await verification
            await self.hold(identity, missed, began, backend)
        return identity

    async def hold(self, identity: Identity, missed: list[Taken], began: float, backend: Backend) -> None:
        """Holds what was taken back during a verification against its outcome. Raises `Refused`.

        Rule: nothing is awaited between its end and the registration.
        """
        while missed:
            for one in missed.pop().about(identity):
                match _bearing(one, identity, began):
                    case True:
                        raise Refused(Reason.REVOKED)
                    case None:
                        await reread(backend, identity)

    def add(self, connection: Connection) -> None:
        self._connections[connection.name] = connection
        self._index.add(connection, connection.keys)
        connection.start()
        self._watch.add(connection)

    def remove(self, connection: Connection) -> None:
        connection.stop()
        self._connections.pop(connection.name, None)
        self._index.remove(connection, connection.keys)

    def moved(self, connection: Connection, before: Iterable[Key]) -> None:
        if connection.name in self._connections:
            self._index.remove(connection, before)
            self._index.add(connection, connection.keys)
            connection.start()

    # ── taking back ──────────────────────────────────────────────────────────────────────────

    def apply(self, revocations: Sequence[Revocation]) -> list[Connection]:
        """Ends the connections that are concerned. Those in doubt are returned: their backends must be asked."""
        doubtful: list[Connection] = []
        if revocations and self._verifying:
            taken = Taken(revocations)
            for missed in self._verifying.values():
                missed.append(taken)
        for one in revocations:
            for connection in self._candidates(one):
                match _bearing(one, connection.identity, connection.began):
                    case True:
                        connection.end(Reason.WITHDRAWN)
                    case None:
                        doubtful.append(connection)
        return doubtful

    def _candidates(self, one: Revocation) -> list[Connection]:
        if one.connection:
            found = self._connections.get(one.connection)
            return [found] if found else []
        narrowest = key_of(one)
        return list(self._connections.values()) if narrowest == ANYBODY else self._index.find(narrowest)

    def nudge(self) -> None:
        """Something was taken back: the journal is read at once. Safe to call from any thread."""
        loop = self._loop()
        if loop is not None:
            with suppress(RuntimeError):  # a loop that has been closed has no connections
                loop.call_soon_threadsafe(self._watch.wake)

    # ── work that nobody waits for ───────────────────────────────────────────────────────────

    def run(self, work: Awaitable[None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(_alone(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _alone(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception as error:  # without its text and traceback, which may hold what a peer sent
        log.warning("the end of a connection failed: %s", type(error).__name__)


def _bearing(one: Revocation, identity: Identity, began: float) -> bool | None:
    """Whether a revocation ends what was verified from `began` on; None where the clocks don't tell.

    A credential that was verified after the decision is good again, unless the decision names it.
    """
    if not one.concerns(identity):
        return False
    if one.names_one or began <= one.at:
        return True
    return None if began <= one.at + DOUBT else False


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, Hub]] = WeakKeyDictionary()


def current(clock: Clock = SYSTEM) -> Hub:
    """The hub of the running event loop, one for each clock."""
    hubs = _hubs.setdefault(asyncio.get_running_loop(), {})
    hub = hubs.get(id(clock))
    if hub is None:
        hub = hubs[id(clock)] = Hub(clock)
    return hub
