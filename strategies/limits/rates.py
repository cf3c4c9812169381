"""How often something has happened lately: counted by the library `limits`, in this process or on a shared storage.

Rule: counting never locks anybody out by failing. A storage that is away or slow is waited for briefly and then
left alone for a while; until it is back, this process counts by itself. Keys hold addresses and primary keys only.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ..lifecycle.trouble import Trouble

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.aio.strategies import RateLimiter

    Question = Callable[[RateLimiter], Awaitable[float | None]]

PATIENCE = 0.5
"""Seconds for the storage, whatever it does."""
REST = 5.0
"""Seconds for which a storage that has failed isn't asked."""
AT_ONCE = 20
"""Questions that are with the storage at once, each on a connection of its own."""
SHELVES = 128
"""The library's storage in memory looks through all it holds each time it counts: many small ones hold little each."""
MEMORY = "memory"
SCHEMES = {MEMORY: "async+memory", "redis": "async+redis", "rediss": "async+rediss", "unix": "async+redis+unix"}
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_RATE = re.compile(r"([1-9][0-9]{0,8})/(?:s|sec|second|m|min|minute|h|hour|d|day)")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so many seconds."""

    amount: int
    seconds: int

    @classmethod
    def read(cls, text: object) -> Self:
        """From Django REST framework's notation: `60/minute`, `60/min`. Raises `ValueError`."""
        found = _RATE.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise ValueError(f"{text!r} is no rate; write a number per s, min, hour or day, as '60/minute'")
        return cls(int(found[1]), _SECONDS[found[0].partition("/")[2][0]])


class Rates:
    """Counts over time. `storage` is a URL that may hold a password: it is in no message and no repr."""

    def __init__(self, storage: str) -> None:
        """Raises `ValueError` for a storage of a kind that is not known."""
        if _scheme(storage) not in SCHEMES:
            known = ", ".join(f"{one}://" for one in SCHEMES)
            raise ValueError(f"STORAGE has the scheme {_scheme(storage)!r}; known are {known}")
        self._storage = storage
        self._here: dict[asyncio.AbstractEventLoop, _Counters] = {}

    def check(self) -> None:
        """Raises `ValueError` where counting is not possible: a package is missing, or the URL can't be read."""
        _limiter(self._storage)

    async def full(self, rate: Rate, *key: str) -> float | None:
        """Seconds to wait where the rate is used up, None where it isn't. Counts nothing."""
        item = _item(rate)

        async def ask(limiter: RateLimiter) -> float | None:
            return None if await limiter.test(item, *key) else await _wait(limiter, item, key)

        return await self._ask(key, ask)

    async def count(self, rate: Rate, *key: str) -> float | None:
        """Counts one more. Seconds to wait where that is one too many, else None."""
        item = _item(rate)

        async def ask(limiter: RateLimiter) -> float | None:
            return None if await limiter.hit(item, *key) else await _wait(limiter, item, key)

        return await self._ask(key, ask)

    async def _ask(self, key: tuple[str, ...], question: Question) -> float | None:
        here = self._counters()
        if here.shared is None or time.monotonic() < here.left_alone_until:
            return await question(here.own(key))
        try:
            async with asyncio.timeout(PATIENCE), here.turn:
                answer = await question(here.shared)
        except Exception as error:
            here.trouble.met(error)
            here.left_alone_until = time.monotonic() + REST
            return await question(here.own(key))
        here.trouble.over()
        return answer

    def _counters(self) -> _Counters:
        """Those of the running event loop: connections to a storage belong to one."""
        loop = asyncio.get_running_loop()
        if loop not in self._here:
            self._here = {one: counters for one, counters in self._here.items() if not one.is_closed()}
            self._here[loop] = _Counters(self._storage)
        return self._here[loop]


class _Counters:
    """What an event loop counts with."""

    def __init__(self, storage: str) -> None:
        self._own = [_limiter(f"{MEMORY}://") for _ in range(SHELVES)]
        self.shared = None if _scheme(storage) == MEMORY else _limiter(storage)
        self.turn = asyncio.Semaphore(AT_ONCE)
        self.left_alone_until = 0.0
        self.trouble = Trouble("the storage of LIMITS does not answer, counting in this process")

    def own(self, key: tuple[str, ...]) -> RateLimiter:
        """What counts a key in this process."""
        return self._own[hash(key) % SHELVES]


def _limiter(storage: str) -> RateLimiter:
    """Imports the library, which is an extra: nobody needs it who configures no rate."""
    scheme = _scheme(storage)
    options: dict[str, float | str | bool] = {}
    if scheme != MEMORY:
        options = {"implementation": "redispy", "socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    try:
        from limits.aio.strategies import FixedWindowRateLimiter
        from limits.storage import storage_from_string

        return FixedWindowRateLimiter(storage_from_string(SCHEMES[scheme] + storage[len(scheme) :], **options))
    except ImportError:
        raise ValueError("a rate is counted by the package 'limits', which is missing: install the extra") from None
    except Exception as error:  # its text may quote the URL
        remedy = "check the URL, and that the package 'redis' is installed"
        raise ValueError(f"STORAGE: {scheme}:// can't be used, {type(error).__name__}: {remedy}") from None


def _scheme(storage: object) -> str:
    """Only what stands before `://`: without it, the text could be a password."""
    return storage.partition("://")[0] if isinstance(storage, str) and "://" in storage else ""


def _item(rate: Rate) -> RateLimitItem:
    from limits import RateLimitItemPerSecond

    return RateLimitItemPerSecond(rate.amount, rate.seconds, namespace="wsauth")


async def _wait(limiter: RateLimiter, item: RateLimitItem, key: tuple[str, ...]) -> float:
    """Whole seconds, at least one, until the window is over."""
    end = await limiter.storage.get_expiry(item.key_for(*key))
    return max(1.0, math.ceil(end - time.time()))
