"""What a backend says, as a value, and what it asks the database for."""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

from channels.db import database_sync_to_async
from django.db import connection

from strategies.backend import Backend, Identity
from strategies.refusal import Reason, Refused
from strategies.threads import own_thread


async def verdict(backend: Backend, token: str) -> Identity | Reason:
    try:
        return await backend.verify(token)
    except Refused as refused:
        return refused.reason


async def queries(asked: Awaitable[Any]) -> list[str]:
    """The SQL of something awaited, as the database thread sends it."""
    sent: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        sent.append(sql)
        return execute(sql, *rest)

    with own_thread():
        await database_sync_to_async(lambda: connection.execute_wrappers.append(note))()
        with suppress(Refused):
            await asked
        await database_sync_to_async(lambda: connection.execute_wrappers.remove(note))()
    return sent
