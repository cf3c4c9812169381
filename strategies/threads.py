"""The thread on which the package asks the database: one of its own.

Channels runs every database call of a process on one thread, and hops there before each event of each consumer. A
database that freezes holds whoever asks it. If that were Channels' thread, consumers that ask nothing would stand
still too, and with them every connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from asgiref.sync import SyncToAsync, ThreadSensitiveContext

_OURS = ThreadSensitiveContext()


@contextmanager
def own_thread() -> Iterator[None]:
    """What is asked by `database_sync_to_async` inside of it runs there, by whatever backend.

    Below `async_to_sync` it runs where it ran before: in the thread that waits, with its transaction.
    """
    token = SyncToAsync.thread_sensitive_context.set(_OURS)
    try:
        yield
    finally:
        SyncToAsync.thread_sensitive_context.reset(token)
