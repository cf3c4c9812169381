from __future__ import annotations

import asyncio
import threading

from asgiref.sync import async_to_sync, sync_to_async

from strategies.threads import own_thread


async def thread() -> int:
    return await sync_to_async(threading.get_ident)()


async def test_it_is_not_the_one_of_channels() -> None:
    theirs = await thread()
    with own_thread():
        ours = await thread()
        assert await thread() == ours
    assert await thread() == theirs
    assert len({ours, theirs, threading.get_ident()}) == 3


async def test_channels_goes_on_while_ours_is_held() -> None:
    let_go = threading.Event()
    try:
        with own_thread():
            task = asyncio.ensure_future(sync_to_async(let_go.wait)(20))
            await asyncio.sleep(0)
        await thread()  # as Channels does before each event
        assert not task.done()
    finally:
        let_go.set()
    assert await task


def test_below_async_to_sync_the_waiting_thread_asks() -> None:
    """So a test in one transaction sees its own rows."""

    async def asked() -> int:
        with own_thread():
            return await thread()

    assert async_to_sync(asked)() == threading.get_ident()
