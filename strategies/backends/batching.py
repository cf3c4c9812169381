"""Lookups together: while one is in flight the next ones gather, and go out as one.

Every database call of a process runs on one thread, so a storm of connects would queue behind
single-row queries. Gathering turns the queue into a few queries. Nothing is cached: each answer is
read after its connection asked, and a lone lookup goes out at once.
"""

from __future__ import annotations

import asyncio
import contextvars
import copy
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.core.exceptions import ObjectDoesNotExist
from django.db import InterfaceError, OperationalError

from ..refusal import Reason, Refused
from ..threads import own_thread

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[Sequence[Item]], Sequence[Result | Exception]]
Threaded = Callable[[Callable[..., Any]], Callable[..., Awaitable[Any]]]

LARGEST = 500
"""Items per lookup: bounds the time a batch holds the thread, and the variables of its query. Not smaller: each batch
takes a turn of the event loop, and these are long when thousands connect."""


class Batcher(Generic[Item, Result]):
    """Calls `work` with what has gathered, one batch of a loop at a time, on the package's database thread unless
    `threaded` takes it to another one.

    `work` answers each item in its place, by a result or by the exception that is its own. When it raises,
    each half of its items is tried again, so that one bad item fails alone, and costs the others a few queries
    only; a database that is away fails all.
    """

    def __init__(self, work: Work[Item, Result], threaded: Threaded = database_sync_to_async) -> None:
        self._work = work
        self._threaded = threaded
        self._queues: WeakKeyDictionary[asyncio.AbstractEventLoop, _Queue[Item, Result]] = WeakKeyDictionary()

    async def __call__(self, item: Item) -> Result:
        loop = asyncio.get_running_loop()
        queue = self._queues.get(loop)
        if queue is None:
            queue = self._queues[loop] = _Queue(self._threaded(self._isolated))
        return await queue.ask(item)

    async def together(self, items: Sequence[Item]) -> list[Result | Refused]:
        """Answers to several that need not wait for others, for re-checks: each by a result, or by why there is none.

        What fails for itself can't be told, so it is UNAVAILABLE; a database that is away raises.
        """
        answers = await self._threaded(self._isolated)(items)
        return [_told(answer) for answer in answers]

    def _isolated(self, items: Sequence[Item]) -> Sequence[Result | Exception]:
        try:
            return self._work(items)
        except (OperationalError, InterfaceError) as error:
            return [copy.copy(error) for _ in items]
        except Exception as error:
            if len(items) == 1:
                return [error]
            half = len(items) // 2
            return [*self._isolated(items[:half]), *self._isolated(items[half:])]


def _told(answer: Result | Exception) -> Result | Refused:
    if isinstance(answer, OperationalError | InterfaceError):
        raise answer
    if isinstance(answer, Exception) and not isinstance(answer, Refused):
        return Refused(Reason.UNAVAILABLE)
    return answer


class _Queue(Generic[Item, Result]):
    """The batches of one event loop: first come, first served. So nobody waits for who came later."""

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]]) -> None:
        self._work = work
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._running: asyncio.Task[None] | None = None

    def ask(self, item: Item) -> asyncio.Future[Result]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((item, answer))
        if self._running is None:
            # A task and a context of its own: a batch belongs to none of those who wait for it.
            self._running = loop.create_task(self._drain(), context=contextvars.Context())
        return answer

    async def _drain(self) -> None:
        try:
            while batch := self._next():
                await self._answer(batch)
        finally:
            self._running = None

    def _next(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        """What is asked next, without those who have stopped waiting."""
        batch: list[tuple[Item, asyncio.Future[Result]]] = []
        while self._waiting and len(batch) < LARGEST:
            item, answer = self._waiting.popleft()
            if not answer.done():
                batch.append((item, answer))
        return batch

    async def _answer(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            with own_thread():
                results = await self._work([item for item, _ in batch])
        except BaseException:  # the loop is being shut down: nobody will ask again
            for _, answer in batch:
                answer.cancel()
            raise
        for (_, answer), result in zip(batch, results, strict=True):
            if answer.done():
                continue
            if isinstance(result, Exception):
                answer.set_exception(result)
            else:
                answer.set_result(result)


class Fetched:
    """Stands where a model class stands in a package's own lookup, and answers it from rows already read.

    So a package's rules run unchanged on a batch. Each answer is an object of its own.
    """

    DoesNotExist = ObjectDoesNotExist

    def __init__(self, rows: Iterable[Any], field: str) -> None:
        self._rows = {str(getattr(row, field)): row for row in rows}
        self._given: set[str] = set()

    @property
    def objects(self) -> Fetched:
        return self

    def select_related(self, *_: str) -> Fetched:
        return self

    def get(self, **lookup: Any) -> Any:
        """The row whose field, given as the only lookup, has this value."""
        (value,) = map(str, lookup.values())
        if value not in self._rows:
            raise self.DoesNotExist
        row = self._rows[value]
        if value in self._given:
            return copy.deepcopy(row)
        self._given.add(value)
        return row
