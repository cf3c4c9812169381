"""Counts what a process does for its handshakes: queries, database connections, and hops to another thread.

A hop is a call of asgiref's `sync_to_async`, which Channels' `database_sync_to_async` and Django's
asynchronous ORM are made of. A connection that a pool hands out counts as opened: nothing else is told.
What the watch does belongs to no handshake: it looks after all connections together, once a second.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from asgiref.sync import SyncToAsync
from django.db import connections
from django.db.backends.signals import connection_created

from strategies.lifecycle import watch

QUERIES, OPENED, HOPS = "queries", "connections_opened", "thread_hops"
_of_the_watch: ContextVar[bool] = ContextVar("of the watch", default=False)
"""Goes along into the database's thread, where no task says who asks."""


class Counter:
    """Of the whole process, once it is installed."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys((QUERIES, OPENED, HOPS), 0)
        self._lock = threading.Lock()

    def install(self) -> None:
        connection_created.connect(self._opened)
        for connection in connections.all(initialized_only=True):
            self._watch(connection)
        hop = SyncToAsync.__call__

        async def counted(this: Any, *args: Any, **kwargs: Any) -> Any:
            task = asyncio.current_task()
            _of_the_watch.set(task is not None and task.get_name() == watch.NAME)
            self._count(HOPS)
            return await hop(this, *args, **kwargs)

        SyncToAsync.__call__ = counted  # type: ignore[method-assign]  # for good: the process only counts

    def so_far(self) -> dict[str, int]:
        with self._lock:
            return dict(self._counts)

    def _opened(self, connection: Any, **_: Any) -> None:
        self._count(OPENED)
        self._watch(connection)

    def _watch(self, connection: Any) -> None:
        """A connection that is opened anew keeps its wrappers."""
        if self._query not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._query)

    def _query(self, execute: Callable[..., Any], *args: Any) -> Any:
        self._count(QUERIES)
        return execute(*args)

    def _count(self, what: str) -> None:
        if _of_the_watch.get():
            return
        with self._lock:
            self._counts[what] += 1
