"""PostgreSQL or Redis is killed, frozen and started again under a running lab: during connects, under live sockets,
during a log-out. Nobody gets in as nobody, who is in stays in, and all of it works again by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import pytest
from django.db import OperationalError

from core.cluster import Cluster, running
from core.services.ports import free_port
from core.services.postgresql import PostgreSQL
from core.services.redis import Redis
from core.services.service import Service
from strategies import registry
from strategies.revocation import revoke
from tests.clusters import PAGE, lab_environment
from tests.guests import Guest, Outcome, Socket, attempt, guest, log_out, visiting

pytestmark = [
    pytest.mark.services,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.usefixtures("on_postgresql"),
]

DEADLINE = registry.pair("querystring", "authtoken").policy.handshake_deadline
SLACK = 1.5
"""Seconds more, on a busy machine."""
POOL = 5.0
"""Seconds for which the lab's pool waits for a connection; see `core/databases.py`."""
REFUSED = {1011, 1013, 4503}
"""Our own numbers stand in where a server can't say the two that are reserved."""
RECOVERY = 20.0
"""Seconds in which everything works again."""
NUDGED = 0.5
"""Seconds in which a log-out ends sockets of another process when the channel layer works: the poll is slower."""

Harm = Callable[[Service], None]


@pytest.fixture(scope="module", params=["", "?pool=false"], ids=["pool", "no-pool"])
def lab(request: pytest.FixtureRequest, lab_database: str, redis: Redis) -> Iterator[Cluster]:
    environment = {
        **lab_environment(),
        "DATABASE_URL": lab_database + request.param,
        "REDIS_URL": redis.url,
        "WSAUTH_REFUSE": "close",
        "WSAUTH_ORIGINS": PAGE,
    }
    with running(environment, port=free_port()) as cluster:
        yield cluster


@contextmanager
def harmed(service: Service, harm: str) -> Iterator[None]:
    getattr(service, harm)()
    try:
        yield
    finally:
        service.resume() if harm == "stop" else service.start()


@asynccontextmanager
async def arrivals(lab: Cluster, one: Guest) -> AsyncIterator[list[Outcome]]:
    """Connects to each process, one after the other, all the time."""
    seen: list[Outcome] = []

    async def arrive(port: int) -> None:
        while True:
            seen.append(await attempt(port, one))
            await asyncio.sleep(0.05)

    tasks = [asyncio.create_task(arrive(process.port)) for process in lab.processes]
    try:
        yield seen
        for task in tasks:
            assert not task.done()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def judge(seen: list[Outcome], name: str) -> None:
    assert seen
    for one in seen:
        assert one.user == name or one.code in REFUSED, one
        assert one.seconds < DEADLINE + SLACK, one


async def until_in(port: int, one: Guest) -> None:
    async with asyncio.timeout(RECOVERY):
        while (await attempt(port, one)).user != one.name:
            pass


async def kicked(lab: Cluster) -> float:
    """A log-out at one process, a socket at the other: the seconds from the request to the end."""
    one = await guest()
    async with visiting(lab.processes[1].port, one) as socket:
        ended = asyncio.create_task(socket.ended())
        began = time.monotonic()
        status, _ = await log_out(lab.processes[0].port, one)
        outcome = await ended
        assert (status, outcome.frames, outcome.code) == (204, ("auth.revoked",), 4410)
        return time.monotonic() - began


async def until_nudged(lab: Cluster) -> None:
    async with asyncio.timeout(RECOVERY):
        while await kicked(lab) > NUDGED:
            pass


@asynccontextmanager
async def inhabited(lab: Cluster) -> AsyncIterator[list[Socket]]:
    """Sockets on every process: of a user whose row was read, and of one whose token was enough."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(visiting(process.port, await guest(pair)))
            for process in lab.processes
            for pair in ("querystring/authtoken", "querystring/simplejwt_stateless")
        ]


@pytest.mark.parametrize("harm", ["kill", "stop"])
async def test_postgresql_is_away(harm: str, lab: Cluster, postgresql: PostgreSQL) -> None:
    comer, leaver, sure = await guest(), await guest(), await guest("querystring/simplejwt_stateless")
    await until_nudged(lab)
    async with (
        inhabited(lab) as sockets,
        visiting(lab.processes[1].port, leaver) as leaving,
        arrivals(lab, comer) as seen,
    ):
        with harmed(postgresql, harm):
            began = len(seen)
            leave = asyncio.create_task(log_out(lab.processes[0].port, leaver))
            async with asyncio.timeout(RECOVERY):
                while len(seen) < began + 4:
                    assert max([await socket.echoes() for socket in sockets]) < 1
                    for process in lab.processes:
                        let_in = await attempt(process.port, sure)
                        assert (let_in.user, let_in.seconds < 1) == (sure.name, True), let_in
            assert {one.code for one in seen[began + 2 :]} <= REFUSED
            assert await leaving.echoes() < 1
            if harm == "kill":
                with pytest.raises(OperationalError):
                    await asyncio.to_thread(revoke, user=1)
                status, seconds = await leave
                assert (status, seconds < POOL + SLACK) == (503, True), seconds
        for process in lab.processes:
            await until_in(process.port, comer)
        if harm == "stop":
            assert (await leave)[0] == 204
            assert (await leaving.ended()).code == 4410
        await until_nudged(lab)
        for socket in sockets:
            await socket.echoes()
    judge(seen, comer.name)


@pytest.mark.parametrize("harm", ["kill", "stop"])
async def test_redis_is_away(harm: str, lab: Cluster, redis: Redis) -> None:
    comer, leaver = await guest(), await guest()
    await until_nudged(lab)
    async with (
        inhabited(lab) as sockets,
        visiting(lab.processes[1].port, leaver) as leaving,
        arrivals(lab, comer) as seen,
    ):
        with harmed(redis, harm):
            began = len(seen)
            ended = asyncio.create_task(leaving.ended())
            status, seconds = await log_out(lab.processes[0].port, leaver)
            assert (status, seconds < 2 + SLACK) == (204, True), seconds
            outcome = await ended
            assert (outcome.frames, outcome.code) == (("auth.revoked",), 4410)
            assert outcome.seconds < 2 + 2 * SLACK
            assert max([await socket.echoes() for socket in sockets]) < 1
            assert (await attempt(lab.processes[0].port, comer)).user == comer.name
            assert len(seen) > began
        await until_nudged(lab)
        for socket in sockets:
            await socket.echoes()
    assert {one.user for one in seen} == {comer.name}
    judge(seen, comer.name)
