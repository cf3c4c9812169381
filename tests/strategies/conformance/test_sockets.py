"""The media with a socket, against a real server of a few lines; the matrix runs them against daphne and uvicorn."""

from __future__ import annotations

import asyncio
import http
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request as HTTPRequest
from websockets.http11 import Response
from websockets.typing import Subprotocol

from strategies.conformance.medium import Answer, Ended, Request
from strategies.conformance.probe import ENDPOINT, Observation
from strategies.conformance.sockets import LenientSockets, StrictSockets
from strategies.flow import Open
from tests.strategies.toys import NOTHING

OBSERVATION = Observation(1, ["a"], ["b"])


def answer(connection: ServerConnection, request: HTTPRequest) -> Response | None:
    """What the path asks for; None goes on to the upgrade."""
    if request.path.startswith(ENDPOINT):
        return connection.respond(http.HTTPStatus.OK, json.dumps(asdict(OBSERVATION)))
    if request.path == "/refuse/":
        return Response(401, "No", Headers({"WWW-Authenticate": "Bearer", "Content-Length": "2"}), b"no")
    if request.path == "/vanish/":
        connection.transport.abort()
    return None


async def talk(connection: ServerConnection) -> None:
    assert connection.request is not None
    match connection.request.path.partition("?")[0]:
        case "/tell/":  # what the client has sent, as JSON
            headers = {name.lower(): value for name, value in connection.request.headers.raw_items()}
            await connection.send(json.dumps({"path": connection.request.path, "headers": headers}))
        case "/echo/":
            async for frame in connection:
                await connection.send(frame)
        case "/close/":
            await connection.send(b"\xff")
            await connection.close(4401, "why")
        case "/abort/":
            connection.transport.abort()


def names_none_of(connection: ServerConnection, offered: Any) -> Subprotocol | None:
    """The protocol that the path asks for, offered or not."""
    assert connection.request is not None
    return Subprotocol("chat.v1") if connection.request.path == "/named/" else None


@pytest.fixture(params=[LenientSockets, StrictSockets], ids=["lenient", "strict"])
async def medium(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    async with serve(
        talk, "127.0.0.1", 0, process_request=answer, select_subprotocol=names_none_of, compression=None
    ) as server:
        port = server.sockets[0].getsockname()[1]
        yield request.param("127.0.0.1", port, name="toy", denies_with_status=True)


async def dialled(medium: Any, path: str, opening: Open = NOTHING, origin: str | None = None) -> Any:
    async with asyncio.timeout(10):
        return await medium.dial(Request(path, opening, origin, "attempt-1"))


async def test_it_has_a_name_and_says_how_it_denies(medium: Any) -> None:
    assert (medium.name, medium.denies_with_status) == ("toy", True)


@pytest.mark.parametrize("origin", ["https://app.example", None])
async def test_the_request_is_sent_as_it_is_meant(medium: Any, origin: str | None) -> None:
    opening = Open(query=(("token", "a b"),), headers=((b"cookie", b"a=1"), (b"authorization", b"Bearer x")))
    line = await dialled(medium, "/tell/", opening, origin)
    told = json.loads(await line.receive())
    assert told["path"] == "/tell/?token=a+b"
    assert told["headers"]["cookie"] == "a=1"
    assert told["headers"]["authorization"] == "Bearer x"
    assert told["headers"]["x-wsauth-attempt"] == "attempt-1"
    assert told["headers"].get("origin") == origin
    assert "sec-websocket-protocol" not in told["headers"]
    await line.close()


async def test_a_named_protocol(medium: Any) -> None:
    line = await dialled(medium, "/named/", Open(subprotocols=("chat.v1", "bearer.x")))
    assert (line.answer.status, line.answer.subprotocol) == (101, "chat.v1")
    assert (b"sec-websocket-protocol", b"chat.v1") in [(name.lower(), value) for name, value in line.answer.headers]
    await line.close()


async def test_the_strict_client_ends_what_names_none_of_its_protocols(medium: Any) -> None:
    line = await dialled(medium, "/echo/", Open(subprotocols=("chat.v1",)))
    lenient = isinstance(medium, LenientSockets)
    assert line.answer.status == (101 if lenient else 0)
    await line.close()


async def test_frames_both_ways(medium: Any) -> None:
    line = await dialled(medium, "/echo/")
    await line.send("text", b"\xff")
    assert [await line.receive(), await line.receive()] == ["text", b"\xff"]
    await line.close()
    await line.close()
    await line.send("too late")
    assert isinstance(await line.receive(), Ended)


async def test_the_servers_end(medium: Any) -> None:
    line = await dialled(medium, "/close/")
    assert [await line.receive(), await line.receive()] == [b"\xff", Ended(4401, "why")]
    await line.close()


async def test_a_connection_that_breaks(medium: Any) -> None:
    line = await dialled(medium, "/abort/")
    assert await line.receive() == Ended(1006)
    await line.close()


async def test_a_refusal(medium: Any) -> None:
    line = await dialled(medium, "/refuse/")
    assert (line.answer.status, line.answer.body) == (401, b"no")
    assert (b"www-authenticate", b"Bearer") in [(name.lower(), value) for name, value in line.answer.headers]
    await line.send("nobody is there")
    assert await line.receive() == Ended(1006)
    await line.close()


async def test_a_server_that_does_not_answer(medium: Any) -> None:
    line = await dialled(medium, "/vanish/")
    assert line.answer == Answer(0)
    assert await line.receive() == Ended(1006)
    await line.close()


async def test_an_observation_is_fetched(medium: Any) -> None:
    assert await medium.observe("attempt-1") == OBSERVATION
