"""One connection against a server of `websockets`: only the right user's ready frame is a proof."""

from __future__ import annotations

import asyncio
import json

import pytest
from websockets.asyncio.server import ServerConnection

from bench.storm.connection import Attempt, Connection, Goal, is_overload, is_refusal
from bench.storm.upgrade import Target
from strategies.flow import ClientFlow, Open, Receive, Send
from tests.bench.storm.toy import HOST, READY, Talk, listening, says_ready


def opens(token: str) -> ClientFlow:
    yield Open()


def answers(token: str) -> ClientFlow:
    yield Open()
    question = yield Receive()
    yield Send(question + token)


async def outcome(port: int, client=opens, user: str = "ada", goal: Goal = Goal.IN) -> str | None:
    return (await through(port, client, user, goal))[0]


async def through(port: int, client=opens, user: str = "ada", goal: Goal = Goal.IN) -> tuple[str | None, Connection]:
    """What it came to, and the connection, closed."""
    through: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    attempt = Attempt(Target(HOST, port, "/"), client, "s3cret", (user, None, None), goal)
    _, connection = await asyncio.get_running_loop().create_connection(
        lambda: Connection(attempt, lambda _, failure: through.set_result(failure)), HOST, port
    )
    failure = await asyncio.wait_for(through, 5)
    connection.leave()
    await asyncio.wait_for(connection.closed, 5)
    return failure, connection


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


async def test_a_refusal_may_be_the_goal() -> None:
    async with listening(refuse=True) as port:
        assert await outcome(port, goal=Goal.REFUSED) is None
    async with listening(says()) as port:
        assert await outcome(port, goal=Goal.REFUSED) is None
    async with listening() as port:
        assert await outcome(port, goal=Goal.REFUSED) == "let in"


async def test_not_every_no_is_a_refusal_of_the_credential() -> None:
    async def broken(line: ServerConnection) -> None:
        await line.close(4503)

    async with listening(broken) as port:
        assert await outcome(port, goal=Goal.REFUSED) == "closed with 4503"


async def test_an_open_connection_says_nothing_of_itself() -> None:
    heard = []

    async def listens(line: ServerConnection) -> None:
        heard.extend([frame async for frame in line])

    def talkative(token: str) -> ClientFlow:
        yield Open()
        yield Send(token)

    async with listening(listens) as port:
        assert await outcome(port, talkative, goal=Goal.OPEN) is None
    assert heard == []


async def test_bytes_and_round_trips_are_counted_up_to_the_proof() -> None:
    async def takes(line: ServerConnection) -> None:
        await line.recv()
        await line.recv()
        await line.send(READY)
        await line.send("x" * 1_000)
        await line.wait_closed()

    def two_frames(token: str) -> ClientFlow:
        yield Open()
        yield Send("one")
        yield Send("two")

    async with listening() as port:
        _, plain = await through(port)
    async with listening(takes) as port:
        _, talkative = await through(port, two_frames)
    async with listening(asks_and_is_answered) as port:
        _, asked = await through(port, answers)
    assert (plain.trips, talkative.trips, asked.trips) == (1, 2, 2)
    assert talkative.sent == plain.sent + 2 * (2 + 4 + 3)
    assert plain.received < asked.received


async def asks_and_is_answered(line: ServerConnection) -> None:
    await line.send("what? ")
    await line.recv()
    await line.send(READY)


@pytest.mark.parametrize(
    ("failure", "refusal", "overload"),
    [
        ("HTTP 503", True, True),
        ("closed with 1013", True, True),
        ("no answer", False, True),
        ("hung up", False, True),
        ("no connection: TimeoutError", False, True),
        ("got in as somebody else", False, False),
        ("no ready frame", False, False),
    ],
)
def test_what_sort_of_failure_it_is(failure: str, refusal: bool, overload: bool) -> None:
    assert (is_refusal(failure), is_overload(failure)) == (refusal, overload)
