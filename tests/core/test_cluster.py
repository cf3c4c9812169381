"""The lab past one machine, seen from its public address: the conformance matrix, peers' addresses, faults, logs."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.request import Request as Get
from urllib.request import urlopen

import pytest
from django.conf import settings
from rest_framework.authtoken.models import Token
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from core.cluster import Cluster
from core.services.ports import HOST
from strategies.conformance import Case, Medium
from strategies.conformance.contender import make_user
from strategies.conformance.medium import Line, Request
from strategies.conformance.probe import Observation
from strategies.conformance.sockets import LenientSockets, StrictSockets
from strategies.registry import Pair
from tests.clusters import StartCluster
from tests.test_matrix import assert_expected, both_ways, every_case

pytestmark = [
    pytest.mark.services,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.usefixtures("on_postgresql"),
]

ANSWERED_BY_NGINX = {("header", "duplicate"), ("header", "duplicate-same")}
"""A second Authorization line: nginx says 400 before anybody behind it is asked."""


@dataclass(frozen=True)
class BehindProxy:
    """Attempts go to the public address; what the application has seen is asked of every process behind it."""

    front: Medium
    behind: Sequence[Medium]

    @property
    def name(self) -> str:
        return self.front.name

    @property
    def denies_with_status(self) -> bool:
        return self.front.denies_with_status

    async def dial(self, request: Request) -> Line:
        return await self.front.dial(request)

    async def observe(self, attempt: str) -> Observation:
        seen = [await one.observe(attempt) for one in self.behind]
        return Observation(
            sum(one.runs for one in seen),
            [frame for one in seen for frame in one.frames],
            [leaf for one in seen for leaf in one.leaves],
        )


@pytest.fixture(scope="module")
def probed(start_cluster: StartCluster) -> Cluster:
    return start_cluster("bench.application:application")


def medium(cluster: Cluster, client: type[LenientSockets | StrictSockets]) -> Medium:
    front, *behind = (
        client(HOST, port, name="cluster", denies_with_status=False)
        for port in (cluster.nginx.port, *(one.port for one in cluster.processes))
    )
    return BehindProxy(front, behind)


@pytest.mark.parametrize("client", [LenientSockets, StrictSockets])
@every_case
async def test_matrix(
    each_strategy: Pair,
    case: Case,
    client: type[LenientSockets | StrictSockets],
    probed: Cluster,
    record_property: Callable[[str, object], None],
) -> None:
    reached = medium(probed, client)
    verdicts = await both_ways(each_strategy, case, "cluster", lambda *_: reached)
    if (each_strategy.strategy_name, case.id) not in ANSWERED_BY_NGINX:
        assert_expected(each_strategy, case, verdicts, record_property)
        return
    for verdict in verdicts.values():
        assert re.match(r"HTTP 400,|refused before the upgrade \(400\)", verdict.reason)


# ── what the matrix can't see ────────────────────────────────────────────────────────────────────


def url(cluster: Cluster, path: str) -> str:
    return cluster.url.replace("http", "ws") + path


async def fetch(target: str, **headers: str) -> tuple[int, bytes]:
    def ask() -> tuple[int, bytes]:
        try:
            with urlopen(Get(target, headers=headers), timeout=10) as answer:
                return answer.status, answer.read()
        except HTTPError as refused:
            return refused.code, b""

    return await asyncio.to_thread(ask)


async def test_sockets_reach_every_process(cluster: Cluster) -> None:
    before = [process.log.stat().st_size for process in cluster.processes]
    async with AsyncExitStack() as stack:
        token = (await Token.objects.aget(user=await make_user())).key
        for _ in range(4):
            socket = await stack.enter_async_context(connect(url(cluster, f"/ws/querystring/authtoken/?token={token}")))
            assert json.loads(await socket.recv())["type"] == "ready"
        for process, size in zip(cluster.processes, before, strict=True):
            assert process.log.read_text()[size:].count("WSCONNECT /ws/") == 2  # least_conn


async def test_static_files_come_from_nginx(cluster: Cluster) -> None:
    status, body = await fetch(f"{cluster.url}/static/core/main.js")
    assert (status, body) == (200, (settings.BASE_DIR / "core/static/core/main.js").read_bytes())
    assert (await fetch(f"{cluster.processes[0].url}/static/core/main.js"))[0] == 404


async def test_a_client_cannot_choose_its_own_address(cluster: Cluster) -> None:
    await fetch(f"{cluster.url}/api/strategies/?", **{"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Port": "7"})
    said = "".join(process.log.read_text() for process in cluster.processes)
    assert "203.0.113.9" not in said
    assert "127.0.0.1:0 - - " in said


async def test_a_process_that_dies_costs_its_own_sockets_only(cluster: Cluster) -> None:
    victim = cluster.processes[0]
    victim.kill()
    try:
        for _ in range(4):
            assert (await fetch(f"{cluster.url}/api/strategies/"))[0] == 200
    finally:
        victim.start()


async def upgraded(cluster: Cluster, token: str, **headers: str) -> int:
    """The status of the answer to a handshake."""
    try:
        async with connect(url(cluster, f"/ws/querystring/authtoken/?token={token}"), additional_headers=headers):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


async def test_no_log_of_anybody_has_a_credential(cluster: Cluster) -> None:
    token = (await Token.objects.aget(user=await make_user())).key
    refused = f"marked{token[6:]}"
    for one, status in ((token, 101), (refused, 403)):
        assert await upgraded(cluster, one, Referer=f"{cluster.url}/?token={one}") == status
    assert (await fetch(f"{cluster.url}/ws/querystring/authtoken/?token={token}"))[0] == 426
    for process in cluster.processes:
        process.kill()
    try:  # now nginx has something to complain about
        assert await upgraded(cluster, token) == 502
    finally:
        for process in cluster.processes:
            process.start()
    requests = (cluster.folder / "requests.log").read_text()
    assert re.findall(r"GET /ws/querystring/authtoken/\" (\d+)", requests)[-4:] == ["101", "403", "426", "502"]
    logs = {path: path.read_text(errors="replace") for path in cluster.folder.rglob("*log")}
    assert {"requests.log", "errors.log", "log"} <= {path.name for path in logs}
    assert [path.name for path, text in logs.items() if token in text or refused in text] == []
