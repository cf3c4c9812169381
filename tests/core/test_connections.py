"""Connections to PostgreSQL while sockets come and go: counted where they end, in `pg_stat_activity`.

With the lab's pool and without it. Each answer is checked: a server that refuses everybody leaks nothing either.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from core.services.daphne import Daphne
from core.services.ports import HOST
from core.services.postgresql import PostgreSQL
from strategies import registry
from strategies.backend import SampleKind
from strategies.conformance import Contender, contenders
from strategies.conformance.attempt import Attempt
from strategies.conformance.sockets import LenientSockets
from tests.clusters import lab_environment

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("on_postgresql")]

CONNECTS = 2_000
"""Half of them accepted."""
STORMS, AT_ONCE = 10, 40
SERVER = "the server"
"""Its name for PostgreSQL."""
PAIRS = {
    "querystring/authtoken": SampleKind.UNKNOWN,
    "header/simplejwt": SampleKind.INACTIVE_USER,
    "cookie/session": SampleKind.UNKNOWN,
}
"""Pair → a bad credential that only the database knows to be bad."""
BOUNDS = {"": range(1, 11), "?pool=false": range(2)}
"""What the URL adds → how many connections the process may hold between two storms: its pool, or next to none."""

Crowd = list[tuple[Contender, str, int]]
"""Who presents what, and the status that it must get."""


async def crowd() -> Crowd:
    pairs = [pair for pair in registry.pairs() if pair.key in PAIRS]
    return [
        (contender, (await contender.sample(kind)).token, status)
        for pair, contender in zip(pairs, contenders(pairs), strict=True)
        for kind, status in ((SampleKind.VALID, 101), (PAIRS[pair.key], 403))
    ]


@asynccontextmanager
async def connected(medium: LenientSockets, contender: Contender, token: str, status: int) -> AsyncIterator[None]:
    attempt = Attempt(contender, medium)
    call = await attempt.present(token)
    assert call.line.answer.status == status, contender.name
    try:
        yield
    finally:
        await attempt.close()


@pytest.mark.parametrize("options", BOUNDS, ids=["pool", "no-pool"])
async def test_none_is_left_behind(
    options: str, lab_database: str, postgresql: PostgreSQL, service_folder: Path
) -> None:
    people = await crowd()
    turnstile = asyncio.Semaphore(AT_ONCE)
    environment = {**lab_environment(), "DATABASE_URL": lab_database + options, "PGAPPNAME": SERVER}
    with Daphne(service_folder, "core.asgi:application", environment, proxied=False) as daphne:
        medium = LenientSockets(HOST, daphne.port, name="daphne", denies_with_status=False)

        async def come_and_go(contender: Contender, token: str, status: int) -> None:
            async with turnstile, connected(medium, contender, token, status):
                pass

        for _ in range(STORMS):
            crowd_of = itertools.islice(itertools.cycle(people), CONNECTS // STORMS)
            await asyncio.gather(*(come_and_go(*one) for one in crowd_of))
            await settled(postgresql, BOUNDS[options])
        async with AsyncExitStack() as stack:
            for one in itertools.islice(itertools.cycle(people), AT_ONCE):
                await stack.enter_async_context(connected(medium, *one))
            await settled(postgresql, BOUNDS[options])  # sockets that are open and quiet
    await settled(postgresql, range(1))


async def settled(postgresql: PostgreSQL, bound: range) -> None:
    """PostgreSQL takes a moment to notice that a client has left."""
    count = -1
    try:
        async with asyncio.timeout(10):
            while (count := await asyncio.to_thread(held, postgresql)) not in bound:
                pass
    except TimeoutError:
        pytest.fail(f"{count} connections, not {bound.start} to {bound.stop - 1}")


def held(postgresql: PostgreSQL) -> int:
    """The server's connections; this process has some of its own."""
    statement = f"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{SERVER}'"
    return int(postgresql.execute(statement)[0][0])
