"""A flood of strangers against real servers: capped, and nobody else notices (T17, T18).

Each part of the flood has a loopback address of its own. A control connection, authenticated before, goes on
echoing all the while; every echo is checked, and so is each answer that a stranger gets.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response

from bench.serving import DENIES_WITH_STATUS, Served, serving
from core.services.redis import Redis
from strategies import messages, registry
from strategies.conformance.contender import make_user
from tests.settings import TEST_DATABASE

pytestmark = pytest.mark.usefixtures("committed")

STRANGERS, PLACES = 300, 50
GUESSES, FAILURES = 120, 30
AT_ONCE = 10
CONTROL, FLOOD, GUESSER, FRIEND = (f"127.0.0.{number}" for number in range(11, 15))
SLOWEST_ECHO = 10.0
"""Seconds; a server that a flood has stopped answers none. On a busy machine a healthy one may take a while."""
RULES = {
    "WSAUTH_UNAUTHENTICATED_PER_ADDRESS": str(PLACES),
    "WSAUTH_UNAUTHENTICATED": "500",
    "WSAUTH_FAILURE_RATE": f"{FAILURES}/hour",
    "WSAUTH_DEADLINE": "120",  # the strangers leave by themselves
}


@pytest.fixture(params=["daphne", "uvicorn"])
def served(request: pytest.FixtureRequest, database: str) -> Iterator[Served]:
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", TEST_DATABASE: database, **RULES}
    with serving(request.param, environment, application="core.asgi") as one:
        yield one


def opening(served: Served, address: str, strategy: str, **more: Any) -> connect:
    url = f"ws://{served.host}:{served.port}/ws/{strategy}/authtoken/"
    return connect(url, local_addr=(address, 0), open_timeout=60, ping_interval=None, proxy=None, **more)


@asynccontextmanager
async def known(served: Served, address: str, token: str) -> AsyncIterator[ClientConnection]:
    """An authenticated connection. Raises what `connect` raises."""
    async with opening(served, address, "first_message") as socket:
        await socket.send(messages.auth(token))
        while json.loads(await socket.recv())["type"] != "ready":
            pass
        yield socket


async def echo(socket: ClientConnection, data: Any) -> float:
    """The seconds that it took."""
    began = time.monotonic()
    await socket.send(json.dumps({"command": "echo", "data": data}))
    assert json.loads(await asyncio.wait_for(socket.recv(), SLOWEST_ECHO)) == {"type": "echo", "data": data}
    return time.monotonic() - began


async def go_on(socket: ClientConnection, until: asyncio.Event) -> int:
    """Echoes until told otherwise; how often."""
    count = 0
    while not until.is_set():
        await echo(socket, count)
        count += 1
        await asyncio.sleep(0.01)
    return count


async def status(served: Served, address: str, strategy: str, stack: AsyncExitStack, **more: Any) -> int:
    """101, and the socket is open for as long as `stack` is; or how it was refused."""
    try:
        await stack.enter_async_context(opening(served, address, strategy, **more))
    except InvalidStatus as refused:
        return told(refused.response)
    return 101


def told(response: Response) -> int:
    """The status; one that asks for patience says for how long in both places, where it is known."""
    if response.status_code == 429:
        said = json.loads(response.body or b"")
        assert said["code"] == "rate_limited"
        assert response.headers.get("Retry-After", "None") == str(said.get("retry_after"))
    return response.status_code


async def guesses(served: Served, address: str, stack: AsyncExitStack) -> list[int]:
    """Some at once, again and again."""
    found: list[int] = []
    while len(found) < GUESSES:
        tries = range(len(found), len(found) + AT_ONCE)
        headers = [{"Authorization": f"Bearer {number:040x}"} for number in tries]
        one = (status(served, address, "header", stack, additional_headers=header) for header in headers)
        found += await asyncio.gather(*one)
    return found


async def test_a_flood_is_capped_and_nobody_else_notices(served: Served) -> None:
    ada = await make_user()
    token = await registry.pair("first_message", "authtoken").backend.issue(ada)
    too_many = 429 if DENIES_WITH_STATUS[served.server] else 403
    over = asyncio.Event()
    async with known(served, CONTROL, token) as control, AsyncExitStack() as flood:
        echoing = asyncio.create_task(go_on(control, over))
        arrivals = (status(served, FLOOD, "first_message", flood) for _ in range(STRANGERS))
        assert Counter(await asyncio.gather(*arrivals)) == {101: PLACES, too_many: STRANGERS - PLACES}

        answers = await guesses(served, GUESSER, flood)
        if DENIES_WITH_STATUS[served.server]:
            judged = answers.count(401)
            assert FAILURES <= judged <= FAILURES + AT_ONCE, "those that are judged at once may all be let through"
            assert answers.count(429) == GUESSES - judged

        async with known(served, FRIEND, token) as friend:
            await echo(friend, "a newcomer")
        good = {"Authorization": f"Bearer {token}"}
        for address in (FLOOD, GUESSER):
            assert await status(served, address, "header", flood, additional_headers=good) == too_many
        assert await status(served, FRIEND, "header", flood, additional_headers=good) == 101

        await flood.aclose()
        async with asyncio.timeout(30):
            while await status(served, FLOOD, "header", flood, additional_headers=good) != 101:  # noqa: ASYNC110  the server notices that they have left
                await asyncio.sleep(0.05)
        await flood.aclose()
        over.set()
        assert await echoing > 0
        await echo(control, "as before")


async def test_processes_count_failures_together_over_redis(redis: Redis, database: str) -> None:
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", TEST_DATABASE: database, "REDIS_URL": redis.url, **RULES}
    with (
        serving("uvicorn", environment, application="core.asgi") as one,
        serving("uvicorn", environment, application="core.asgi") as other,
    ):
        async with AsyncExitStack() as stack:
            answers = await guesses(one, GUESSER, stack)
            assert FAILURES <= answers.count(401) <= FAILURES + AT_ONCE
            learns, knows = [await status(other, GUESSER, "header", stack) for _ in range(2)]
            assert (learns, knows) == (401, 429), "a process learns of it by the first failure of its own"
            assert await status(other, FRIEND, "header", stack) == 401
