"""What the settings say, and what the gate makes of it: refused in time, counted alike, and nothing left behind."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import FrozenInstanceError, dataclass, replace
from typing import Any

import pytest

from strategies import messages
from strategies.backend import Backend, Identity
from strategies.gate import Gate
from strategies.limits import UNCOUNTED, UNLIMITED, Limits, Visit
from strategies.limits.address import Forwarded
from strategies.limits.rates import Rate
from strategies.policy import Policy
from strategies.refusal import Reason, Refused
from strategies.signals import connection_refused
from tests.strategies.toys import (
    HANDSHAKE_STRATEGIES,
    STRATEGIES,
    Fixed,
    Inner,
    Never,
    Server,
    Toy,
    gate,
    hangs_up,
    nothing_runs,
    presented,
    refusing,
    run,
    until,
)

every_strategy = pytest.mark.parametrize("name", STRATEGIES)
ONE = Limits(1, 1, 1)
"""One of each."""


@dataclass
class Row:
    pk: Any = 1
    is_active: bool = True
    is_authenticated: bool = True


def limited(limits: Limits, name: str = "first_message", backend: Backend | None = None, **more: Any) -> Gate:
    return replace(gate(name, backend, **more), limits=limits)


async def attempt(one: Gate, name: str = "first_message", **more: Any) -> Server:
    scope, server = presented(name, **more)
    return await run(one, scope, server)


def told(server: Server) -> dict[str, Any]:
    """The last `auth.error` or denial body."""
    found: dict[str, Any] = json.loads(server.texts[-1] if server.texts else server.sent[-1]["body"])
    return found


def at(address: str) -> tuple[str, int]:
    return (address, 50_000)


# ── what the settings say ────────────────────────────────────────────────────────────────────────


def test_the_defaults_need_no_library() -> None:
    limits = Limits.from_settings({})
    assert (limits.unauthenticated, limits.unauthenticated_per_address, limits.connections_per_user) == (
        10_000,
        50,
        100,
    )
    assert (limits.failures_per_address, limits.connects_per_user, limits.address) == (None, None, None)


def test_from_settings() -> None:
    limits = Limits.from_settings(
        {
            "UNAUTHENTICATED": None,
            "FAILURES_PER_ADDRESS": "60/minute",
            "CONNECTS_PER_USER": "2/s",
            "ADDRESS": {"HEADER": "X-Forwarded-For", "PROXIES": 2},
        }
    )
    assert limits.failures_per_address == Rate(60, 60)
    assert limits.connects_per_user == Rate(2, 1)
    assert limits.address == Forwarded("X-Forwarded-For", 2)
    assert replace(limits, unauthenticated=7).failures_per_address == Rate(60, 60)


@pytest.mark.parametrize("name", ["UNAUTHENTICATED", "UNAUTHENTICATED_PER_ADDRESS", "CONNECTIONS_PER_USER"])
@pytest.mark.parametrize("value", [0, -1, 1.5, "5", True, 2**40])
def test_a_number_must_be_one(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a positive number"):
        Limits.from_settings({name: value})


@pytest.mark.parametrize("name", ["FAILURES_PER_ADDRESS", "CONNECTS_PER_USER"])
def test_a_rate_must_be_one(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: 60 is no rate; write a number per s, min, hour or day"):
        Limits.from_settings({name: 60})


def test_limits_are_immutable_and_show_no_storage() -> None:
    limits = Limits(storage="redis://:hunter2@127.0.0.1:1/0")
    with pytest.raises(FrozenInstanceError):
        limits.unauthenticated = 5  # type: ignore[misc]
    assert "hunter2" not in repr(limits)


# ── strangers at once ────────────────────────────────────────────────────────────────────────────


@every_strategy
async def test_a_place_is_held_while_it_is_verified_and_no_longer(name: str) -> None:
    inside: list[int] = []
    limits = Limits(2, 2, None)

    def verify(token: str) -> Identity:
        inside.append(len(limits.occupancy))
        return Identity(Row())

    async def app(scope: Any, receive: Any, send: Any) -> None:
        inside.append(len(limits.occupancy))
        await hangs_up(scope, receive, send)

    await attempt(limited(limits, name, Toy(verify), app=app), name)
    assert inside == [1, 0]


@every_strategy
@pytest.mark.parametrize("refuse", ["handshake", "close"])
async def test_one_address_too_many_is_refused_before_anything_is_accepted_or_verified(name: str, refuse: str) -> None:
    limits, never, inner = Limits(9, 1, None), Never(), Inner()
    first = asyncio.create_task(attempt(limited(limits, name, never), name))
    await never.asked.wait()
    toy = Never()
    server = await attempt(limited(limits, name, toy, app=inner, refuse=refuse), name)
    assert not toy.asked.is_set()
    assert inner.scopes == []
    assert told(server) == {"type": "auth.error", "code": "rate_limited", "retry": "backoff"}
    assert server.types == (
        ["accept", "send", "close"] if refuse == "close" else ["http.response.start", "http.response.body"]
    )
    other = await attempt(limited(limits, name, Toy()), name, client=at("192.0.2.9"))
    assert "accept" in other.types
    first.cancel()
    await asyncio.wait([first])
    assert len(limits.occupancy) == 0


async def test_a_full_house_is_the_servers_fault_and_says_so() -> None:
    limits, never = Limits(1, None, None), Never()
    first = asyncio.create_task(attempt(limited(limits, backend=never)))
    await never.asked.wait()
    server = await attempt(limited(limits), client=at("192.0.2.9"))
    assert (server.sent[0]["status"], told(server)["code"]) == (503, "unavailable")
    first.cancel()
    await asyncio.wait([first])


async def test_who_is_known_takes_no_place() -> None:
    arrived, done = asyncio.Event(), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        arrived.set()
        await done.wait()
        await hangs_up(scope, receive, send)

    limits = Limits(1, 1, None)
    known = asyncio.create_task(attempt(limited(limits, app=app)))
    await arrived.wait()
    assert "accept" in (await attempt(limited(limits))).types
    done.set()
    assert "close" in (await known).types


def breaks(event: Any) -> None:
    raise ConnectionResetError


async def leaves_early(one: Gate) -> None:
    scope, server = presented("querystring")
    server.leave()
    await run(one, scope, server)


async def is_never_told(one: Gate) -> None:
    scope, _ = presented("querystring")
    with suppress(ConnectionResetError):  # the application's own, where it got so far
        await run(one, scope, Server(takes=breaks))


async def is_cancelled(one: Gate) -> None:
    task = asyncio.create_task(attempt(one, "querystring"))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])


async def comes_and_goes(one: Gate) -> None:
    await attempt(one, "querystring")


@pytest.mark.parametrize("way", [leaves_early, is_never_told, is_cancelled, comes_and_goes])
@pytest.mark.parametrize(
    "backend", [Toy(), refusing(Reason.INVALID), Toy(lambda token: 1 / 0), Toy(lambda token: asyncio.sleep(60))]
)
async def test_a_place_is_given_back_whatever_happens(way: Callable[[Gate], Any], backend: Toy) -> None:
    limits = Limits(5, 5, 5)
    await way(limited(limits, "querystring", backend, handshake_deadline=0.05))
    assert (len(limits.occupancy), limits.occupancy._of) == (0, {})
    await nothing_runs()


async def test_a_strategy_that_cannot_scrub_is_counted_too() -> None:
    class Careless(Fixed):
        def scrub(self, scope: Any) -> Any:
            raise RuntimeError

    limits = Limits(1, 1, 1)
    scope, server = presented("querystring")
    await run(Gate(hangs_up, Careless(), Toy(), Policy(), limits=limits), scope, server)
    assert server.sent[0]["status"] == 503
    assert len(limits.occupancy) == 0


# ── failures of an address ───────────────────────────────────────────────────────────────────────

THREE = {"failures_per_address": Rate(3, 60)}


@every_strategy
@pytest.mark.parametrize("refuse", ["handshake", "close"])
async def test_after_too_many_failures_an_address_waits_and_is_told_how_long(name: str, refuse: str) -> None:
    limits = Limits(None, None, None, **THREE)
    bad = limited(limits, name, refusing(Reason.INVALID), refuse=refuse)
    for _ in range(3):
        assert told(await attempt(bad, name))["code"] == "invalid_credential"
    toy = Never()
    server = await attempt(limited(limits, name, toy, refuse=refuse), name)
    error = told(server)
    assert (error["code"], error["retry"]) == ("rate_limited", "backoff")
    assert 1 <= error["retry_after"] <= 60
    assert not toy.asked.is_set(), "nothing is verified, be it good"
    if refuse == "close":
        assert server.sent[-1]["code"] == 4429
    else:
        assert server.sent[0]["status"] == 429
        assert (b"retry-after", str(error["retry_after"]).encode()) in server.sent[0]["headers"]
    assert "accept" in (await attempt(limited(limits, name), name, client=at("192.0.2.9"))).types


@pytest.mark.parametrize("reason", Reason)
async def test_what_counts_as_a_failure(reason: Reason) -> None:
    limits = Limits(None, None, None, failures_per_address=Rate(1, 60))
    await attempt(limited(limits, "header", refusing(reason)), "header")
    after = await attempt(limited(limits, "header"), "header")
    assert ("accept" in after.types) is (reason in UNCOUNTED)


def test_a_foreign_page_time_and_the_server_are_nobodys_failure() -> None:
    assert {
        Reason.ORIGIN, Reason.INSECURE, Reason.EXPIRED, Reason.UNAVAILABLE, Reason.INTERNAL, Reason.RATE_LIMITED,
    } == UNCOUNTED  # fmt: skip


async def test_a_foreign_page_cannot_lock_its_visitors_out() -> None:
    limits = Limits(None, None, None, failures_per_address=Rate(1, 60))
    for _ in range(3):
        server = await attempt(limited(limits, "header"), "header", origin="https://evil.example")
        assert server.sent[0]["status"] == 403
    assert "accept" in (await attempt(limited(limits, "header"), "header")).types


async def test_good_credentials_count_for_nothing() -> None:
    limits = Limits(None, None, None, failures_per_address=Rate(1, 60))
    for _ in range(5):
        assert "accept" in (await attempt(limited(limits))).types


async def test_the_answer_is_the_same_for_users_that_exist_and_users_that_dont() -> None:
    told_of = []
    for reason in (Reason.INVALID, Reason.REVOKED, Reason.INACTIVE):
        limits = Limits(None, None, None, failures_per_address=Rate(2, 60))
        one = limited(limits, "header", refusing(reason))
        told_of.append([(await attempt(one, "header")).sent[0]["status"] == 429 for _ in range(4)])
    assert told_of == [[False, False, True, True]] * 3


async def test_a_trusted_header_is_who_is_counted_logged_and_announced(caplog: pytest.LogCaptureFixture) -> None:
    heard = []

    def hear(client_address: str, **_: Any) -> None:
        heard.append(client_address)

    connection_refused.connect(hear)
    caplog.set_level(logging.INFO, "wsauth.security")
    limits = Limits(None, None, None, failures_per_address=Rate(1, 60), address=Forwarded("x-forwarded-for"))
    codes = []
    for address in (b"198.51.100.1", b"198.51.100.2", b"6.6.6.6, 198.51.100.1"):
        scope, server = presented("header")
        scope["headers"] = [*scope["headers"], (b"x-forwarded-for", address)]
        codes.append(told(await run(limited(limits, "header", refusing(Reason.INVALID)), scope, server))["code"])
    assert codes == ["invalid_credential", "invalid_credential", "rate_limited"]
    seen = ["198.51.100.1", "198.51.100.2", "198.51.100.1"]
    assert [one.__dict__["client_address"] for one in caplog.records] == seen == heard


async def test_a_storage_that_is_away_locks_nobody_out() -> None:
    limits = Limits(None, None, None, **THREE, storage="redis://127.0.0.1:1/0")
    bad = limited(limits, "header", refusing(Reason.INVALID))
    codes = [(await attempt(bad, "header")).sent[0]["status"] for _ in range(4)]
    assert codes == [401, 401, 401, 429], "this process counts by itself"
    assert "accept" in (await attempt(limited(limits, "header"), "header", client=at("192.0.2.9"))).types


# ── one user's connects and connections ──────────────────────────────────────────────────────────


@every_strategy
async def test_a_user_who_connects_too_often_waits(name: str) -> None:
    limits = Limits(None, None, None, connects_per_user=Rate(2, 60))
    ada, eve = (limited(limits, name, Toy(lambda token, pk=pk: Identity(Row(pk)))) for pk in (1, 2))  # type: ignore[misc]
    for _ in range(2):
        assert "accept" in (await attempt(ada, name)).types
    server = await attempt(ada, name, client=at("192.0.2.9"))
    assert told(server)["code"] == "rate_limited"
    assert 1 <= told(server)["retry_after"] <= 60
    assert "accept" in (await attempt(eve, name)).types


async def test_bad_credentials_use_up_nobodys_connects() -> None:
    limits = Limits(None, None, None, connects_per_user=Rate(1, 60))
    inactive = limited(limits, "header", Toy(lambda token: Identity(Row(is_active=False))))
    for _ in range(3):
        assert (await attempt(inactive, "header")).sent[0]["status"] == 403
    assert "accept" in (await attempt(limited(limits, "header", Toy(lambda token: Identity(Row()))), "header")).types


@every_strategy
async def test_a_user_has_so_many_connections_and_a_new_one_when_an_old_one_ends(name: str) -> None:
    limits, done = Limits(None, None, 2), asyncio.Event()
    inner = Inner()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await done.wait()
        await hangs_up(scope, receive, send)

    inner.app = app
    ada = limited(limits, name, Toy(lambda token: Identity(Row(1))), app=inner)
    live = [asyncio.create_task(attempt(ada, name)) for _ in range(2)]
    await until(lambda: len(inner.scopes) == 2)
    server = await attempt(ada, name)
    assert told(server)["code"] == "rate_limited"
    assert len(inner.scopes) == 2
    done.set()
    await asyncio.gather(*live)
    assert "accept" in (await attempt(ada, name)).types
    assert len(inner.scopes) == 3


@pytest.mark.parametrize("name", HANDSHAKE_STRATEGIES)
async def test_of_many_at_once_just_so_many_get_in(name: str) -> None:
    """None of them is there yet when all of them ask."""
    done, inner = asyncio.Event(), Inner()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await done.wait()
        await hangs_up(scope, receive, send)

    async def verify(token: str) -> Identity:
        await asyncio.sleep(0)
        return Identity(Row(1))

    inner.app = app
    ada = limited(Limits(None, None, 3), name, Toy(verify), app=inner)
    live = [asyncio.create_task(attempt(ada, name)) for _ in range(10)]
    await until(lambda: sum(one.done() for one in live) == 7)
    assert len(inner.scopes) == 3
    done.set()
    await asyncio.gather(*live)


async def test_users_without_a_primary_key_are_not_counted() -> None:
    limits = Limits(None, None, 1, connects_per_user=Rate(1, 60))
    one = limited(limits, "header", Toy(lambda token: Identity(Row(pk=None))))
    for _ in range(3):
        assert "accept" in (await attempt(one, "header")).types


# ── without limits ───────────────────────────────────────────────────────────────────────────────


async def test_without_limits_nobody_is_refused() -> None:
    visits = [Visit(UNLIMITED, "192.0.2.1") for _ in range(2_000)]
    for visit in visits:
        visit.enter()
        await visit.failed(Reason.INVALID)
        await visit.recognised(Row())
        visit.joins(10_000)
    for visit in visits:
        visit.leave()
        visit.leave()
    assert len(UNLIMITED.occupancy) == 0


async def test_one_limit_of_each_still_lets_one_in() -> None:
    for _ in range(3):
        assert "accept" in (await attempt(limited(ONE, backend=Toy(lambda token: Identity(Row(1)))))).types


def test_refused_carries_when_to_come_back() -> None:
    assert Refused(Reason.RATE_LIMITED, retry_after=7.0).retry_after == 7.0
    assert json.loads(messages.refusal(Reason.RATE_LIMITED, 7.0))["retry_after"] == 7
