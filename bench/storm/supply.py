"""Credentials that a generator asks its parent for while it runs: the parent has the database.

Rule: what was asked for is taken before the generator says anything else, or the two would talk past one another.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection as Pipe
from typing import Self

from .connection import Attempt

Credential = tuple[str, str]
"""Token and username."""
Issue = Callable[[int], Sequence[Credential]]
"""Makes so many."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many; they are the answer."""

    count: int


class Supply:
    """The generator's end. A context manager, inside of which nobody else may read from the pipe.

    One question at a time: who asks while it is under way is in the next.
    """

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._waiting: deque[asyncio.Future[Credential]] = deque()
        self._idle = asyncio.Event()
        self._idle.set()

    async def renewed(self, attempt: Attempt) -> Attempt:
        """The same attempt with a fresh credential."""
        fresh: asyncio.Future[Credential] = asyncio.get_running_loop().create_future()
        self._waiting.append(fresh)
        if self._idle.is_set():
            self._ask()
        token, name = await fresh
        return replace(attempt, token=token, proof=(name, *attempt.proof[1:]))

    async def __aenter__(self) -> Self:
        asyncio.get_running_loop().add_reader(self._pipe.fileno(), self._arrived)
        os.set_blocking(self._pipe.fileno(), True)  # uvloop has made it non-blocking, for good; the pipe's owner isn't
        return self

    async def __aexit__(self, *_: object) -> None:
        self._waiting.clear()
        await self._idle.wait()
        asyncio.get_running_loop().remove_reader(self._pipe.fileno())

    def _ask(self) -> None:
        self._idle.clear()
        self._pipe.send(Wanted(len(self._waiting)))

    def _arrived(self) -> None:
        try:
            credentials = self._pipe.recv()
        except EOFError:  # the parent has died: nobody is supplied any more
            asyncio.get_running_loop().remove_reader(self._pipe.fileno())
            self._idle.set()
            return
        for credential in credentials:
            if self._waiting and not (fresh := self._waiting.popleft()).done():
                fresh.set_result(credential)
        self._idle.set()
        if self._waiting:
            self._ask()
