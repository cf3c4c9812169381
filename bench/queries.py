"""How many queries something asks, counted on the threads that ask them: a gate's, and Channels' own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection

from strategies.threads import own_thread


async def count_queries(once: Callable[[], Awaitable[object]]) -> int:
    """Queries of one run."""
    counted: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        counted.append(sql)
        return execute(sql, *rest)

    # Not `execute_wrapper`: a context manager can't be entered on another thread. `connection` is another
    # one on each thread, so not even its attributes may be looked up on this one.
    await _on_each_thread(lambda: connection.execute_wrappers.append(count))
    try:
        await once()
    finally:
        await _on_each_thread(lambda: connection.execute_wrappers.remove(count))
    return len(counted)


async def _on_each_thread(act: Callable[[], object]) -> None:
    for thread in (own_thread, nullcontext):
        with thread():
            await sync_to_async(act)()
