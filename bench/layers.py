"""The channel layer of the settings: whether it is there. Channels' consumers ask it at each connect."""

from __future__ import annotations

import asyncio

from channels.layers import get_channel_layer

from .serving import EnvironmentFailed

SECONDS = 5.0
NOBODY = "wsauth.nobody"


async def require_layer() -> None:
    """Sends a message that nobody waits for. Raises `EnvironmentFailed` when that is not possible in time."""
    layer = get_channel_layer()
    if layer is None:
        return
    why = f"no answer within {SECONDS:g} s"
    try:
        async with asyncio.timeout(SECONDS):
            await layer.send(NOBODY, {"type": NOBODY})
        return
    except TimeoutError:
        pass
    except Exception as error:  # each layer has its own
        why = str(error).strip() or type(error).__name__
    raise EnvironmentFailed(f"the channel layer can't be used (REDIS_URL): {why}")
