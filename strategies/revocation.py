"""Taking back: who says that live connections end, and which of them it concerns.

A decision is a row in the journal, which every process reads, and a nudge, so that it is read at once.
Rule: nothing depends on the nudge. A channel layer may drop it, or be away; the row stays.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from typing import Any
from weakref import WeakSet

from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.db import router, transaction

from . import journal
from .backend import digest
from .journal import Revocation
from .models import JournalEntry
from .threads import own_thread

GROUP = "wsauth.revocations"
"""The one group of the channel layer: each process is in it once."""
NUDGE = {"type": "wsauth.revoked"}
NUDGE_SECONDS = 1.0
"""A layer that doesn't take a nudge within this is away, and whoever logs out doesn't wait for it."""

log = logging.getLogger("wsauth")

listeners: WeakSet[Any] = WeakSet()
"""What has a `nudge()`, safe to call from any thread: the hubs of this process."""


def revoke(
    *,
    user: Any = None,
    session: str | None = None,
    token_id: str | None = None,
    issued_before: float | None = None,
    connection: str | None = None,
) -> None:
    """Ends every live connection that meets all that is given, on every process, with 4410.

    `user`: a user or its primary key; `session`: a Django session key, or what `Identity.session` says;
    `token_id`, `connection`: what `Identity` says; `issued_before`: Unix time in seconds, credentials
    whose issue isn't known included. Takes effect when the transaction that is open, if any, is committed;
    connections that are being opened are concerned too. What a credential is worth at the next connect is not
    decided here: delete or blacklist it. Raises `ValueError` when nothing is given, `TypeError` for a wrong type.
    """
    _Batch.add(_asked(user, session, token_id, issued_before, connection))


async def arevoke(
    *,
    user: Any = None,
    session: str | None = None,
    token_id: str | None = None,
    issued_before: float | None = None,
    connection: str | None = None,
) -> None:
    """`revoke` for asynchronous code. It knows of no transaction: call it after the commit."""
    revocation = _asked(user, session, token_id, issued_before, connection)
    with own_thread():
        await database_sync_to_async(journal.write)([revocation])
    _nudge_here()
    await _nudge_others()


def _asked(
    user: Any, session: str | None, token_id: str | None, issued_before: float | None, connection: str | None
) -> Revocation:
    texts = {"session": session, "token_id": token_id, "connection": connection}
    for name, value in texts.items():
        if value is not None and (not isinstance(value, str) or not value):
            raise TypeError(f"{name} must be a text, not {type(value).__name__}")
    if issued_before is not None and (isinstance(issued_before, bool) or not isinstance(issued_before, int | float)):
        raise TypeError(f"issued_before must be Unix time in seconds, not {issued_before!r}")
    if user is not None:
        user = _named(user)
    if user is None and issued_before is None and not any(texts.values()):
        raise ValueError("say what to revoke: user, session, token_id, issued_before or connection")
    return Revocation(
        user=user or "",
        session=digest(session) if session else "",
        token_id=digest(token_id) if token_id else "",
        connection=connection or "",
        issued_before=issued_before,
        at=time.time(),
    )


def _named(user: Any) -> str:
    """The primary key of a user, or a primary key as it is, as text."""
    key = user.pk if hasattr(user, "pk") else user
    name = "" if key is None else str(key)
    if not name:
        raise ValueError("a user without a primary key has no connections")
    return name


class _Batch:
    """The revocations of one transaction: written together after its commit, with one nudge."""

    def __init__(self) -> None:
        self._revocations: list[Revocation] = []

    @classmethod
    def add(cls, revocation: Revocation) -> None:
        """Joins the batch that was begun last, if no savepoint lies between: that may be rolled back alone."""
        using = router.db_for_write(JournalEntry)
        connection = transaction.get_connection(using)
        hooks = connection.run_on_commit
        savepoints, last = hooks[-1][:2] if hooks else (None, None)
        if isinstance(last, cls) and savepoints == set(connection.savepoint_ids):
            last._revocations.append(revocation)
            return
        batch = cls()
        batch._revocations.append(revocation)
        transaction.on_commit(batch, using=using)

    def __call__(self) -> None:
        """Decided is what is committed: who was verified until now may have been by what held before."""
        now = time.time()
        journal.write([replace(one, at=now) for one in self._revocations])
        _nudge_here()
        if crosses_processes(get_channel_layer()):
            async_to_sync(_nudge_others)()


def _nudge_here() -> None:
    for listener in list(listeners):
        listener.nudge()


async def _nudge_others() -> None:
    layer: Any = get_channel_layer()
    if not crosses_processes(layer):
        return
    try:
        async with asyncio.timeout(NUDGE_SECONDS):
            await layer.group_send(GROUP, NUDGE)
    except Exception as error:  # whatever a layer raises when it is away
        log.warning("no nudge: %s; every process reads the journal by itself", type(error).__name__)


def crosses_processes(layer: Any) -> bool:
    """Whether a channel layer reaches anybody whom this process doesn't reach by itself."""
    return layer is not None and not isinstance(layer, InMemoryChannelLayer)
