"""The thread on which the package asks the database: one of its own.

Channels runs every database call of a process on one thread, and hops there before each event of each consumer. A
database that freezes holds whoever asks it. If that were Channels' thread, consumers that ask nothing would stand
still too, and with them every connection.
"""

from __future__ import annotations

from asgiref.sync import SyncToAsync, ThreadSensitiveContext

_OURS = ThreadSensitiveContext()


class own_thread:
    """What is asked by `database_sync_to_async` inside of it runs there, by whatever backend.

    Below `async_to_sync` it runs where it ran before: in the thread that waits, with its transaction.
    """

    __slots__ = ("_before",)

    def __enter__(self) -> None:
        self._before = SyncToAsync.thread_sensitive_context.set(_OURS)

    def __exit__(self, *_: object) -> None:
        SyncToAsync.thread_sensitive_context.reset(self._before)
