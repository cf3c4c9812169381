"""A server of a few lines that behaves, or doesn't."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

HOST = "127.0.0.1"
READY = '{"type":"ready","user":"ada","strategy":null,"backend":null}'
Talk = Callable[[ServerConnection], Awaitable[None]]


async def says_ready(line: ServerConnection) -> None:
    await line.send(READY)
    await line.wait_closed()


def refuses(line: ServerConnection, request: Request) -> Response:
    return line.respond(HTTPStatus.FORBIDDEN, "no")


@asynccontextmanager
async def listening(talk: Talk = says_ready, *, refuse: bool = False, delay: float = 0) -> AsyncIterator[int]:
    """Yields its port."""

    async def talks(line: ServerConnection) -> None:
        await asyncio.sleep(delay)
        await talk(line)

    async with serve(talks, HOST, 0, process_request=refuses if refuse else None, compression=None) as server:
        yield next(iter(server.sockets)).getsockname()[1]
