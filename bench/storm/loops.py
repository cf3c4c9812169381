"""How load comes about: `closed`, so many at once, each successor when one is through, which finds the capacity;
`opened`, arrivals that nobody holds back, which is what users are.

Rule: in an open loop the clock starts at the *intended* arrival. A server that is slow makes later
arrivals wait as well, and their waiting is measured, not left out (coordinated omission).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from .connection import Attempt, Connection

PATIENCE = 20.0
"""Seconds after which an unanswered handshake is a failure."""
FAREWELL = 2.0
"""Seconds for the server to hang up after a good-bye."""
LARGEST_CROWD = 4_096
"""Connections of one process at a time; later arrivals wait, on the clock."""


@dataclass(slots=True)
class Tally:
    """What came of one run of a loop. Times in seconds of this process's `perf_counter`."""

    seconds: list[float] = field(default_factory=list)
    """Intended start to proof, of those that succeeded."""
    failures: list[str] = field(default_factory=list)
    first: float = 0.0
    """When the first handshake was to start."""
    last: float = 0.0
    """When the last proof was there."""

    @property
    def elapsed(self) -> float:
        return self.last - self.first


class Crowd:
    """The connections of one run."""

    def __init__(self, *, stay: bool) -> None:
        """`stay`: successful connections are kept until `disperse`, as users keep theirs."""
        self.tally = Tally()
        self._stay = stay
        self._there: set[Connection] = set()

    async def one(self, attempt: Attempt, intended: float) -> None:
        """A handshake that was to start at `intended`."""
        loop = asyncio.get_running_loop()
        through: asyncio.Future[str | None] = loop.create_future()

        def done(_: Connection, failure: str | None) -> None:
            if not through.done():
                through.set_result(failure)

        target = attempt.target
        try:
            _, connection = await loop.create_connection(lambda: Connection(attempt, done), target.host, target.port)
        except OSError as error:
            self.tally.failures.append(f"no connection: {type(error).__name__}")
            return
        self._there.add(connection)
        connection.closed.add_done_callback(lambda _: self._there.discard(connection))
        patience = loop.call_later(PATIENCE, connection.abort, "no answer")
        failure = await through
        patience.cancel()
        self._note(connection, failure, intended)

    def _note(self, connection: Connection, failure: str | None, intended: float) -> None:
        if failure is None:
            self.tally.seconds.append(connection.finished_at - intended)
            self.tally.last = max(self.tally.last, connection.finished_at)
            if not self._stay:
                connection.leave()
        else:
            self.tally.failures.append(failure)
            connection.abort(failure)

    async def disperse(self) -> None:
        """Everybody leaves; who is still there after a while is thrown out."""
        for connection in self._there:
            connection.leave()
        if self._there:
            await asyncio.wait([connection.closed for connection in self._there], timeout=FAREWELL)
        for connection in list(self._there):
            connection.abort("stayed")


async def closed(crowd: Crowd, attempts: Sequence[Attempt], concurrency: int) -> Tally:
    """All attempts, `concurrency` at a time."""
    waiting = iter(attempts)
    tally = crowd.tally
    tally.first = perf_counter()
    await asyncio.gather(*(_slot(crowd, waiting) for _ in range(concurrency)))
    return tally


async def _slot(crowd: Crowd, waiting: Iterator[Attempt]) -> None:
    for attempt in waiting:
        await crowd.one(attempt, perf_counter())


async def opened(crowd: Crowd, attempts: Iterator[Attempt], arrivals: Sequence[float]) -> Tally:
    """An attempt at each of `arrivals`, in seconds after the start."""
    tally, room = crowd.tally, asyncio.Semaphore(LARGEST_CROWD)
    tally.first = start = perf_counter()

    async def arrive(attempt: Attempt, intended: float) -> None:
        async with room:
            await crowd.one(attempt, intended)

    async with asyncio.TaskGroup() as group:
        for arrival, attempt in zip(arrivals, attempts, strict=False):
            late = perf_counter() - (start + arrival)
            if late < 0:
                await asyncio.sleep(-late)
            group.create_task(arrive(attempt, start + arrival))
    return tally
