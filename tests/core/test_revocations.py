"""Log-outs across the processes of a running lab: one, as a browser's page would see it, and thousands at once."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.db import transaction
from rest_framework.authtoken.models import Token

from bench.kick.visitor import Visitor, visitors
from bench.people import make_users
from bench.storm.connection import Attempt
from bench.storm.upgrade import Target
from core.cluster import Cluster, running
from core.services.ports import HOST, free_port
from core.services.redis import Redis
from strategies import registry
from strategies.conformance.contender import make_user
from strategies.registry import Pair
from strategies.revocation import revoke
from tests.clusters import PAGE, lab_environment
from tests.guests import Guest, log_out

pytestmark = [
    pytest.mark.services,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.usefixtures("on_postgresql"),
]

SOCKETS, DECISIONS, TOGETHER = 1_000, 5_000, 10
CAPACITY = 100
"""Messages that the layer keeps: its default, as in `tests.queued`."""
AFTER = 5.0
"""Seconds after the last decision in which every socket that was meant is over, on a busy machine."""
GROWTH = 64 * 2**20
"""Bytes that a server process may take for it, and keep in Python's arenas."""


@pytest.fixture(scope="module")
def queued(lab_database: str, redis: Redis) -> Iterator[Cluster]:
    """The lab over the layer that drops messages, here and in its processes."""
    environment = {
        **lab_environment(),
        "DJANGO_SETTINGS_MODULE": "tests.queued",
        "DATABASE_URL": lab_database,
        "REDIS_URL": redis.url,
        "WSAUTH_ORIGINS": PAGE,
        "WSAUTH_DEADLINE": "5",
    }
    with running(environment, port=free_port()) as cluster:
        yield cluster


@pytest.fixture
def told_by(redis: Redis, settings: Any) -> None:
    """This process nudges the others over the same layer."""
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [redis.url], "capacity": CAPACITY},
        }
    }


def attempt(cluster: Cluster, pair: Pair, user: Any, token: str, process: int = 0) -> Attempt:
    port = cluster.processes[process % len(cluster.processes)].port
    proof = (user.get_username(), pair.strategy_name, pair.backend_name)
    return Attempt(Target(HOST, port, f"/{pair.path}", PAGE), pair.strategy.client, token, proof)


async def inhabitants(cluster: Cluster, users: list[Any]) -> list[Visitor]:
    """A socket for each user, on the processes in turn."""
    pair = registry.pair("querystring", "authtoken")
    made = [Token(user=user, key=Token.generate_key()) for user in users]
    await Token.objects.abulk_create(
        made, ignore_conflicts=True
    )  # the lab gives those a token who are saved one by one
    tokens = [token async for token in Token.objects.filter(user__in=users).select_related("user")]
    return await visitors(
        [attempt(cluster, pair, token.user, token.key, process) for process, token in enumerate(tokens)]
    )


def decide(users: list[Any]) -> None:
    for some in batched(users, TOGETHER):
        with transaction.atomic():
            for one in some:
                revoke(user=one)


def batched(all_of_them: list[Any], size: int) -> list[list[Any]]:
    return [all_of_them[start : start + size] for start in range(0, len(all_of_them), size)]


def memory(cluster: Cluster) -> list[int]:
    return [psutil.Process(process.pid).memory_info().rss for process in cluster.processes]


async def test_thousands_of_decisions_at_once(queued: Cluster, told_by: None) -> None:
    """With more nudges than the layer keeps for a process."""
    assert DECISIONS / TOGETHER > CAPACITY
    *users, spared = await make_users(SOCKETS + 1)
    *there, living = await inhabitants(queued, [*users, spared])
    before = memory(queued)
    meant = [user.pk for user in users] + [-number for number in range(1, DECISIONS - SOCKETS + 1)]
    random.Random(7).shuffle(meant)
    await sync_to_async(decide)(meant)
    decided = time.perf_counter()
    await asyncio.wait([one.ended for one in there], timeout=AFTER)
    assert [one for one in there if not (one.ended.done() and one.ended.result().is_right)] == []
    assert max(one.ended.result().at for one in there) - decided < AFTER
    assert not living.ended.done()
    living.abort("over")
    assert max(now - then for now, then in zip(memory(queued), before, strict=True)) < GROWTH


async def test_one_decision_on_everybody(queued: Cluster, told_by: None) -> None:
    there = await inhabitants(queued, [await make_user() for _ in range(100)])
    await sync_to_async(revoke)(issued_before=time.time() + 1)
    await asyncio.wait([one.ended for one in there], timeout=AFTER)
    assert [one for one in there if not (one.ended.done() and one.ended.result().is_right)] == []


ENDED_BY_HTTP = [pair for pair in registry.pairs() if pair.backend_name in ("authtoken", "simplejwt")]


@pytest.mark.parametrize("pair", ENDED_BY_HTTP, ids=lambda pair: pair.key)
async def test_a_log_out_at_the_other_process(pair: Pair, queued: Cluster) -> None:
    user = await make_user()
    token = await pair.backend.issue(user)
    (there,) = await visitors([attempt(queued, pair, user, token)])
    scheme = "Token" if pair.backend_name == "authtoken" else "Bearer"
    one = Guest(user.get_username(), pair.path, token)
    status, seconds = await log_out(queued.processes[1].port, one, scheme)
    assert (status, seconds < AFTER) == (204, True)
    async with asyncio.timeout(AFTER):
        assert (await there.ended).is_right


async def test_a_session_that_is_deleted_elsewhere(queued: Cluster, told_by: None) -> None:
    pair, user = registry.pair("cookie", "session"), await make_user()
    key = await pair.backend.issue(user)
    (there,) = await visitors([attempt(queued, pair, user, key)])
    row = await Session.objects.aget(pk=key)
    await row.adelete()
    async with asyncio.timeout(AFTER):
        assert (await there.ended).is_right
