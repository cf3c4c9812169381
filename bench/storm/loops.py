"""How load comes about: `closed`, so many at once, each successor when one is through, which finds the capacity;
`opened`, arrivals that nobody holds back, which is what users are; `returned`, users who were all cut off at once.

Rule: in an open loop the clock starts at the *intended* arrival. A server that is slow makes later
arrivals wait as well, and their waiting is measured, not left out (coordinated omission).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from .connection import Attempt, Connection

PATIENCE = 20.0
"""Seconds after which an unanswered handshake is a failure, connecting included."""
FAREWELL = 2.0
"""Seconds for the server to hang up after a good-bye."""
LARGEST_CROWD = 4_096
"""Connections of one process at a time; later arrivals wait, on the clock."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 8.0
"""Seconds, at most, before a refused client comes again: drawn from 0 on, doubled each time [full jitter]."""


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
    sent: int = 0
    """Bytes of those that succeeded, up to the proof; so are the next two."""
    received: int = 0
    trips: int = 0
    ends: list[float] = field(default_factory=list)
    """When each was through."""

    @property
    def elapsed(self) -> float | None:
        """None without a single success: nothing has an end."""
        return self.last - self.first if self.seconds else None


class Crowd:
    """The connections of one run."""

    def __init__(self, *, stay: bool, patience: float = PATIENCE) -> None:
        """`stay`: successful connections are kept until `disperse`, as users keep theirs."""
        self.tally = Tally()
        self._stay = stay
        self._patience = patience
        self._there: set[Connection] = set()

    def __len__(self) -> int:
        return len(self._there)

    async def one(self, attempt: Attempt, intended: float) -> bool:
        """A handshake that was to start at `intended`; whether it reached its goal."""
        loop = asyncio.get_running_loop()
        through: asyncio.Future[str | None] = loop.create_future()

        def done(_: Connection, failure: str | None) -> None:
            if not through.done():
                through.set_result(failure)

        target, source = attempt.target, (attempt.source, 0) if attempt.source else None
        end = loop.time() + self._patience
        try:
            async with asyncio.timeout_at(end):
                _, connection = await loop.create_connection(
                    lambda: Connection(attempt, done), target.host, target.port, local_addr=source
                )
        except OSError as error:  # a TimeoutError is one
            self.tally.failures.append(f"no connection: {type(error).__name__}")
            return False
        self._there.add(connection)
        connection.closed.add_done_callback(lambda _: self._there.discard(connection))
        patience = loop.call_at(end, connection.abort, "no answer")
        failure = await through
        patience.cancel()
        self._note(connection, failure, intended)
        return failure is None

    def _note(self, connection: Connection, failure: str | None, intended: float) -> None:
        if failure is None:
            tally = self.tally
            tally.seconds.append(connection.finished_at - intended)
            tally.ends.append(connection.finished_at)
            tally.last = max(tally.last, connection.finished_at)
            tally.sent += connection.sent
            tally.received += connection.received
            tally.trips += connection.trips
            if not self._stay:
                connection.leave()
        else:
            self.tally.failures.append(failure)
            connection.abort(failure)

    def drop(self) -> int:
        """Everybody is cut off at once, without a word; how many there still were."""
        there = list(self._there)
        for connection in there:
            connection.abort("dropped")
        return len(there)

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


async def the_same(attempt: Attempt) -> Attempt:
    """What a client tries again with whose credential lasts."""
    return attempt


async def returned(
    crowd: Crowd,
    attempts: Sequence[Attempt],
    delays: Sequence[float],
    seconds: float,
    renewed: Callable[[Attempt], Awaitable[Attempt]] = the_same,
) -> Tally:
    """Everybody connects after a delay of their own, and again after a pause when it fails, for so many seconds.

    `renewed`: the attempt with what its client tries again with.
    """
    tally = crowd.tally
    tally.first = start = perf_counter()

    async def comes_back(attempt: Attempt, delay: float) -> None:
        await asyncio.sleep(start + delay - perf_counter())
        pause = FIRST_PAUSE
        while not await crowd.one(attempt, start + delay):
            await asyncio.sleep(random.uniform(0, pause))
            attempt = await renewed(attempt)
            pause = min(LONGEST_PAUSE, 2 * pause)

    coming = [asyncio.create_task(comes_back(*one)) for one in zip(attempts, delays, strict=True)]
    _, late = await asyncio.wait(coming, timeout=seconds)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    tally.failures += ["not back in time"] * len(late)
    return tally
