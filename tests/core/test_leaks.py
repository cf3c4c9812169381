"""Two thousand sockets come to a real server and end there in several ways: what its process holds afterwards."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
import pytest
from asgiref.sync import sync_to_async
from rest_framework.authtoken.models import Token

from bench.kick.visitor import visitors
from bench.people import make_users
from bench.storm.connection import Attempt
from bench.storm.upgrade import Target
from core.services.daphne import Daphne
from core.services.ports import HOST
from strategies import registry
from strategies.revocation import revoke
from tests.clusters import PAGE, lab_environment
from tests.guests import PATIENCE

pytestmark = [
    pytest.mark.services,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.usefixtures("on_postgresql"),
]

WAVE, WAVES = 200, 10
GROWTH = 8 * 2**20
"""Bytes, after the first waves: 4 KiB for each socket, where an open one takes twenty."""


NOTHING = {"connections": 0, "names": 0, "verifications": 0, "farewells": 0}


def held(daphne: Daphne) -> dict[str, int]:
    with urlopen(f"{daphne.url}/counts/", timeout=PATIENCE) as answer:
        counts: dict[str, int] = json.load(answer)
    return {**counts, "files": psutil.Process(daphne.pid).num_fds()}


async def settled(daphne: Daphne, wanted: dict[str, int]) -> dict[str, int]:
    """What it holds when it holds no more than `wanted`, or after a while."""
    found = await asyncio.to_thread(held, daphne)
    try:
        async with asyncio.timeout(15):
            while any(found[name] > most for name, most in wanted.items()):
                found = await asyncio.to_thread(held, daphne)
    except TimeoutError:
        pass
    return found


async def wave(daphne: Daphne, users: list[Any]) -> None:
    """A quarter each: leaves, hangs up, is revoked one by one, is revoked all together with others of its user."""
    pair = registry.pair("querystring", "authtoken")
    made = [Token(user=user, key=Token.generate_key()) for user in users]
    await Token.objects.abulk_create(made, ignore_conflicts=True)
    tokens = [token async for token in Token.objects.filter(user__in=users).select_related("user")]
    target = Target(HOST, daphne.port, f"/{pair.path}", PAGE)
    there = await visitors(
        [
            Attempt(target, pair.strategy.client, one.key, (one.user.username, pair.strategy_name, pair.backend_name))
            for one in tokens
        ]
    )
    quarter = len(there) // 4
    for one in there[:quarter]:
        one.leave()
    for one in there[quarter : 2 * quarter]:
        one.abort("hung up")
    for token in tokens[2 * quarter :]:
        await sync_to_async(revoke)(user=token.user)
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(one.closed for one in there))
    assert all(one.ended.result().is_right for one in there[2 * quarter :])


async def test_nothing_is_left(lab_database: str, service_folder: Path) -> None:
    environment = {**lab_environment(), "DATABASE_URL": lab_database}
    users = await make_users(WAVE)
    with Daphne(service_folder, "tests.counted:application", environment, proxied=False) as daphne:
        process = psutil.Process(daphne.pid)
        before = await asyncio.to_thread(held, daphne)
        for _ in range(3):  # what is made once, and kept
            await wave(daphne, users)
        begun = await settled(daphne, {**NOTHING, "files": before["files"] + 8})
        memory = process.memory_info().rss
        for _ in range(WAVES):
            await wave(daphne, users)
        most = {**NOTHING, "tasks": begun["tasks"] + 1, "files": begun["files"] + 2}
        after = await settled(daphne, most)
        assert {name: count for name, count in after.items() if count > most[name]} == {}
        assert process.memory_info().rss - memory < GROWTH
