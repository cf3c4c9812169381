"""One connection against a server of `websockets`: only the right user's ready frame is a proof."""

from __future__ import annotations

import asyncio
import json

import pytest
from websockets.asyncio.server import ServerConnection

from bench.storm.connection import Attempt, Connection
from bench.storm.upgrade import Target
from strategies.flow import ClientFlow, Open, Receive, Send
from tests.bench.storm.toy import HOST, READY, Talk, listening, says_ready


def opens(token: str) -> ClientFlow:
    yield Open()


def answers(token: str) -> ClientFlow:
    yield Open()
    question = yield Receive()
    yield Send(question + token)


async def outcome(port: int, client=opens, user: str = "ada") -> str | None:
    through: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    attempt = Attempt(Target(HOST, port, "/"), client, "s3cret", (user, None, None))
    _, connection = await asyncio.get_running_loop().create_connection(
        lambda: Connection(attempt, lambda _, failure: through.set_result(failure)), HOST, port
    )
    failure = await asyncio.wait_for(through, 5)
    connection.leave()
    await asyncio.wait_for(connection.closed, 5)
    return failure


async def test_the_right_user() -> None:
    async with listening() as port:
        assert await outcome(port) is None


async def test_the_wrong_user() -> None:
    async with listening() as port:
        assert await outcome(port, user="eve") == "got in as somebody else"


async def test_a_refusal() -> None:
    async with listening(refuse=True) as port:
        assert await outcome(port) == "HTTP 403"


def says(*texts: str | bytes) -> Talk:
    async def talk(line: ServerConnection) -> None:
        for text in texts:
            await line.send(text)
        await line.close(4401)

    return talk


@pytest.mark.parametrize(
    ("talk", "failure"),
    [
        (says(), "closed with 4401"),
        (says('{"type":"auth.error"}'), "closed with 4401"),
        (says('{"type":"hello"}'), "no ready frame"),
        (says("s3cret"), "bad message"),
        (says('{"type":"auth.ok"}', READY), None),
        (says(b"binary is nobody's proof", READY), None),
    ],
)
async def test_what_is_a_proof(talk: Talk, failure: str | None) -> None:
    async with listening(talk) as port:
        assert await outcome(port) == failure


async def test_pings_are_answered() -> None:
    async def pings(line: ServerConnection) -> None:
        await (await line.ping())
        await says_ready(line)

    async with listening(pings) as port:
        assert await outcome(port) is None


async def test_a_client_half_that_listens_first() -> None:
    async def asks(line: ServerConnection) -> None:
        await line.send("what? ")
        answered = await line.recv()
        await line.send(READY if answered == "what? s3cret" else json.dumps({"type": "no"}))

    async with listening(asks) as port:
        assert await outcome(port, answers) is None


def test_a_token_is_in_no_repr() -> None:
    assert "s3cret" not in repr(Attempt(Target(HOST, 1, "/"), opens, "s3cret", ("ada", None, None)))
