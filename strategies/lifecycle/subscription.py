"""One membership of a process in the channel layer's group, which it keeps however long it lives.

Rule: a layer that is away is tried again; what it loses meanwhile is in the journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from channels.layers import get_channel_layer

from ..revocation import GROUP, NUDGE, crosses_processes
from .trouble import Trouble

RENEW = 60.0
"""Seconds after which a membership is renewed: `channels_redis` forgets it after `group_expiry`, a day by default."""
PAUSE = 1.0
"""Seconds before a layer that failed is tried again."""
PATIENCE = 5.0
"""Seconds that a layer may take to note a membership."""
WAITED = 1.0
"""Seconds after which a `receive` that fails is begun again: redis-py ends one that outlasts its socket's time-out."""
_INSIST = 0.1
"""Seconds between two cancellations of the same task."""


async def subscription(nudge: Callable[[], None]) -> None:
    """Calls `nudge` for every message of the group, until it is cancelled. Without a layer between processes: never."""
    layer = get_channel_layer()
    if not crosses_processes(layer):
        return
    trouble = Trouble("no revocations through the channel layer")
    while True:
        try:
            await _member(layer, nudge, trouble)
        except Exception as error:  # whatever a layer raises when it is away
            trouble.met(error)
        nudge()  # what was missed is in the journal
        await asyncio.sleep(PAUSE)


async def _member(layer: Any, nudge: Callable[[], None], trouble: Trouble) -> None:
    """Is in the group until something fails, which it raises."""
    async with asyncio.timeout(PATIENCE):
        channel = await layer.new_channel("wsauth")
    heard = asyncio.Event()
    work = (_keep(layer, channel, heard, trouble), _receive(layer, channel, heard, nudge))
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        await done.pop()
    finally:
        await _end(tasks)
        with suppress(Exception):
            async with asyncio.timeout(PAUSE):
                await layer.group_discard(GROUP, channel)


async def _keep(layer: Any, channel: str, heard: asyncio.Event, trouble: Trouble) -> None:
    """Renews the membership, and proves each time that the group reaches us. Raises `TimeoutError` when it doesn't."""
    pause = min(RENEW, getattr(layer, "group_expiry", RENEW * 3) / 3)
    while True:
        heard.clear()
        async with asyncio.timeout(PATIENCE):
            await layer.group_add(GROUP, channel)
            await layer.group_send(GROUP, NUDGE)
            await heard.wait()
        trouble.over()
        await asyncio.sleep(pause)


async def _receive(layer: Any, channel: str, heard: asyncio.Event, nudge: Callable[[], None]) -> None:
    """Never under a time-out: a layer takes a cancelled `receive` for the end of its channel."""
    now = asyncio.get_running_loop().time
    while True:
        began = now()
        try:
            await layer.receive(channel)
            heard.set()
        except Exception:
            if now() - began < WAITED:
                raise
        nudge()


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancels until it helps: a client of Redis that is being connected swallows one cancellation or another."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_INSIST)
    await asyncio.gather(*tasks, return_exceptions=True)
