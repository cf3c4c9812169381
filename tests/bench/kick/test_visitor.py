"""Against a server that does what the test says: who is let in, and which end counts as which."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve

from bench.kick.visitor import End, Visitor, visitors
from bench.serving import EnvironmentFailed
from bench.storm.connection import Attempt
from bench.storm.upgrade import Target
from strategies import messages
from strategies.flow import ClientFlow, Open
from strategies.refusal import Reason

READY = '{"type":"ready","user":"ada","strategy":null,"backend":null}'
REVOKED = messages.refusal(Reason.WITHDRAWN)


def opens(token: str) -> ClientFlow:
    yield Open()


@asynccontextmanager
async def served(frames: Iterable[str], code: int) -> AsyncIterator[Attempt]:
    async def answer(connection: ServerConnection) -> None:
        for frame in frames:
            await connection.send(frame)
        await connection.close(code)

    async with serve(answer, "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        yield Attempt(Target("127.0.0.1", port, "/"), opens, "", ("ada", None, None))


@pytest.mark.parametrize(
    ("frames", "code", "told", "right"),
    [
        ([READY, REVOKED], 4410, True, True),
        ([READY, '{"type":"echo"}', REVOKED], 4410, True, True),
        ([READY], 4410, False, False),
        ([READY, REVOKED], 1011, True, False),
    ],
)
async def test_the_end(frames: list[str], code: int, told: bool, right: bool) -> None:
    async with served(frames, code) as attempt, asyncio.timeout(10):
        for one in await visitors([attempt] * 3):
            end = await one.ended
            assert (end.code, end.told, end.is_right) == (code, told, right)


async def test_who_hangs_up_without_a_word_has_said_no_code() -> None:
    async with asyncio.timeout(10):
        visitor = Visitor(Attempt(Target("127.0.0.1", 1, "/"), opens, "", ("", None, None)))
        visitor.connection_lost(None)
        end = await visitor.ended
    assert (end.code, end.told) == (None, False)
    assert await visitor.let_in == "hung up"


@pytest.mark.parametrize("frames", [[], ['{"type":"ready","user":"eve","strategy":null,"backend":null}']])
async def test_who_is_not_let_in_is_no_visitor(frames: list[str]) -> None:
    async with served(frames, 4401) as attempt, asyncio.timeout(10):
        with pytest.raises(EnvironmentFailed, match=r"not let in: (closed with 4401|got in as somebody else)"):
            await visitors([attempt])


async def test_a_server_that_says_nothing_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.kick.visitor.PATIENCE", 0.1)
    silent: Callable[..., object] = lambda *_: None  # noqa: E731
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        target = Target("127.0.0.1", server.sockets[0].getsockname()[1], "/")
        with pytest.raises(EnvironmentFailed, match=r"within 0\.1 s"):
            await visitors([Attempt(target, opens, "", ("ada", None, None))])


def test_a_right_end_has_both() -> None:
    assert End(0, 4410, told=True).is_right
    assert not End(0, None, told=True).is_right
