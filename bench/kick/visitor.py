"""A connection that stays, and writes down how it is ended."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from bench.serving import EnvironmentFailed
from bench.storm.connection import Attempt, Connection
from bench.storm.frames import Message, Opcode, close_code
from strategies import messages
from strategies.refusal import CloseCode

AT_ONCE = 32
"""Handshakes of one process at a time."""
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class End:
    """How the server ended a connection that was in."""

    at: float
    """By `perf_counter`."""
    code: int | None
    """None where it hung up without a close frame."""
    told: bool
    """Whether `auth.revoked` came before."""

    @property
    def is_right(self) -> bool:
        return self.told and self.code == CloseCode.REVOKED


class Visitor(Connection):
    """`ended` is an `End`, once there is one."""

    def __init__(self, attempt: Attempt) -> None:
        self.let_in: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self.ended: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._told = False
        super().__init__(attempt, lambda _, failure: self._let_in(failure))

    def _let_in(self, failure: str | None) -> None:
        if not self.let_in.done():  # nobody waits any more for one that another's failure has cancelled
            self.let_in.set_result(failure)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._end(None)

    def _take(self, message: Message) -> None:
        if message.opcode is Opcode.TEXT and self.let_in.done():
            self._told = self._told or messages.is_type(message.data.decode(), "auth.revoked")
        elif message.opcode is Opcode.CLOSE:
            self._end(close_code(message))
        super()._take(message)

    def _end(self, code: int | None) -> None:
        if not self.ended.done():
            self.ended.set_result(End(perf_counter(), code, self._told))


async def visitors(attempts: Sequence[Attempt]) -> list[Visitor]:
    """All of them, let in. Raises `EnvironmentFailed`: who isn't let in can't be thrown out."""
    turnstile = asyncio.Semaphore(AT_ONCE)

    async def enter(attempt: Attempt) -> Visitor:
        target = attempt.target
        async with turnstile, asyncio.timeout(PATIENCE):
            loop = asyncio.get_running_loop()
            _, visitor = await loop.create_connection(lambda: Visitor(attempt), target.host, target.port)
            if failure := await visitor.let_in:
                raise EnvironmentFailed(f"a connection was not let in: {failure}")
        return visitor

    try:
        async with asyncio.TaskGroup() as group:
            entering = [group.create_task(enter(attempt)) for attempt in attempts]
    except* TimeoutError:
        raise EnvironmentFailed(f"a connection was not let in within {PATIENCE:g} s") from None
    except* EnvironmentFailed as failed:
        raise failed.exceptions[0] from None
    return [one.result() for one in entering]
