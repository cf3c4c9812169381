"""The gate: no identity, no inner application; every "no" as documented; nothing of the secret anywhere."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser

import strategies
from strategies import messages
from strategies.backend import Identity
from strategies.conformance.attempt import encodings
from strategies.conformance.probe import leaves, witness
from strategies.flow import Accept, Credential, Open, Receive, Send
from strategies.handshake import Scope
from strategies.lifecycle.auth import Auth
from strategies.policy import Policy
from strategies.querystring import QueryString
from strategies.refusal import Reason, Refused
from strategies.strategy import Strategy, Traits
from strategies.subprotocol import Subprotocol
from strategies.wire import App, Event, Receiver, Sender
from tests.strategies.documented import REASONS
from tests.strategies.toys import (
    FOUND,
    HANDSHAKE_STRATEGIES,
    ORIGIN,
    STRATEGIES,
    TOKEN,
    Fixed,
    Inner,
    Never,
    Server,
    Toy,
    User,
    gate,
    hangs_up,
    nothing_runs,
    presented,
    raising,
    refusing,
    run,
    scope_of,
    until,
)

PACKAGE = Path(strategies.__file__).parent
every_strategy = pytest.mark.parametrize("name", STRATEGIES)
SOON = time.time() + 3600
AFTERWARDS = {Reason.SECOND_AUTH, Reason.WITHDRAWN, Reason.OTHER_IDENTITY, Reason.RATE_LIMITED}
"""Reasons for which an authenticated connection ends; see `lifecycle`."""
PAST = {"handshake_deadline": 0.02, "deadline": 0.02}
AUTH = messages.auth(TOKEN)


async def forever(token: str) -> Any:
    await asyncio.Event().wait()


async def attempt(one: App, name: Strategy | str, **more: Any) -> Server:
    scope, server = presented(name, **more)
    return await run(one, scope, server)


def refused_with(server: Server, reason: Reason, *, denial: bool = True) -> None:
    """The server was told just what is documented for `reason`, in one of the three ways."""
    row = REASONS[reason.name]
    error = json.loads(messages.refusal(reason))
    match server.types:
        case ["http.response.start", "http.response.body"]:
            assert server.sent[0]["status"] == row.status
            assert json.loads(server.sent[1]["body"]) == error
        case ["close"]:
            assert not denial
            assert server.sent == [{"type": "websocket.close", "code": row.code}]
        case ["accept", *_, "send", "close"]:
            assert json.loads(server.texts[-1]) == error
            assert server.sent[-1] == {"type": "websocket.close", "code": row.code, "reason": row.error}
        case other:
            raise AssertionError(f"no refusal: {other}")


# ── who gets in ──────────────────────────────────────────────────────────────────────────────────


@every_strategy
async def test_a_good_credential_gets_in_with_a_scope_of_its_own(name: str) -> None:
    inner = Inner(hangs_up)
    user = User()
    scope, server = presented(name)
    one = gate(name, Toy(lambda token: Identity(user, SOON, 4.0, "id", "forged", "forged", handle=TOKEN)), inner)
    await run(one, scope, server)
    (given,) = inner.scopes
    assert given["user"] is user
    auth = given["auth"].identity
    assert auth == Identity(user, SOON, 4.0, "id", strategy=name, backend="toy", connection=auth.connection)
    assert re.fullmatch("[0-9a-f]{16}", auth.connection)
    assert auth.handle is None, "what a backend keeps is no application's business"
    assert set(given) == {*scope, "user", "auth"}
    assert "user" not in scope


@every_strategy
async def test_whoever_was_there_before_is_replaced(name: str) -> None:
    inner = Inner(hangs_up)
    await attempt(gate(name, app=inner), name, user=AnonymousUser(), auth="forged")
    assert inner.scopes[0]["user"] == User()
    assert isinstance(inner.scopes[0]["auth"], Auth)


# ── every reason, in every way of saying it ──────────────────────────────────────────────────────

WAYS: dict[str, tuple[str, dict[str, Any], bool]] = {  # strategy, policy, denial extension
    "denial response": ("querystring", {}, True),
    "close before accept": ("querystring", {}, False),
    "accept, then close": ("querystring", {"refuse": "close"}, True),
    "accept, then close, without the extension": ("querystring", {"refuse": "close"}, False),
    "accepted first": ("first_message", {}, True),
    "accepted first, closing policy": ("first_message", {"refuse": "close"}, False),
    "accepted first, silent": ("first_message", {"announce": False}, True),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("reason", Reason, ids=repr)
async def test_every_reason_is_said_as_documented(reason: Reason, way: str) -> None:
    name, rules, denial = WAYS[way]
    inner = Inner()
    server = await attempt(gate(name, refusing(reason), inner, **rules), name, denial=denial)
    refused_with(server, reason, denial=denial)
    expected = {
        "denial response": ["http.response.start", "http.response.body"],
        "close before accept": ["close"],
        "accepted first": ["accept", "send", "send", "close"],
        "accepted first, closing policy": ["accept", "send", "send", "close"],
    }
    assert server.types == expected.get(way, ["accept", "send", "close"])
    assert inner.scopes == []


def query(*pairs: tuple[str, str], **more: Any) -> tuple[Scope, Server]:
    return scope_of(Open(query=pairs), **more), Server()


def framed(*frames: str | bytes) -> tuple[Scope, Server]:
    return scope_of(), Server(*frames)


def cookie(text: str, **more: Any) -> tuple[Scope, Server]:
    return scope_of(Open(headers=((b"cookie", text.encode()),)), **more), Server()


def offered(*names: str) -> tuple[Scope, Server]:
    return scope_of(Open(subprotocols=names)), Server()


A = ("token", "a")
FOREIGN = "https://evil.example"
WHOAMI = '{"command":"whoami"}'
REACHED: list[tuple[Reason, str, str, dict[str, Any], Toy, Callable[[], tuple[Scope, Server]]]] = [
    (Reason.MISSING, "no parameter", "querystring", {}, Toy(), query),
    (Reason.MISSING, "an empty one", "querystring", {}, Toy(), lambda: query(("token", ""))),
    (Reason.MISSING, "an empty token", "first_message", {}, Toy(), lambda: framed(messages.auth(""))),
    (Reason.MALFORMED, "an array key", "querystring", {}, Toy(), lambda: query(("token[]", "x"))),
    (Reason.MALFORMED, "white space", "querystring", {}, Toy(), lambda: query(("token", "a b"))),
    (Reason.MALFORMED, "NUL", "querystring", {}, Toy(), lambda: query(("token", "a\0"))),
    (Reason.MALFORMED, "an upper-case prefix", "subprotocol", {}, Toy(), lambda: offered("a", "Bearer.x")),
    (Reason.AMBIGUOUS, "two parameters", "querystring", {}, Toy(), lambda: query(("token", "a"), ("token", "b"))),
    (Reason.AMBIGUOUS, "two cookies", "cookie", {}, Toy(), lambda: cookie("sessionid=a; sessionid=b")),
    (Reason.AMBIGUOUS, "a header beside", "querystring", {}, Toy(), lambda: (
        scope_of(Open(query=(("token", "a"),), headers=((b"authorization", b"Bearer b"),))), Server())),
    (Reason.AMBIGUOUS, "a parameter beside", "first_message", {}, Toy(), lambda: (
        scope_of(Open(query=(("token", "a"),))), Server(AUTH))),
    (Reason.AMBIGUOUS, "a broken parameter beside", "cookie", {}, Toy(), lambda: (
        scope_of(Open(query=(("token[]", "a"),), headers=((b"cookie", b"sessionid=a"),))), Server())),
    (Reason.INVALID, "unknown", "querystring", {}, refusing(Reason.INVALID), lambda: query(A)),
    (Reason.INVALID, "anonymous", "querystring", {}, Toy(lambda _: Identity(AnonymousUser())), lambda: query(A)),
    (Reason.INVALID, "nobody", "querystring", {}, Toy(lambda _: Identity(None)), lambda: query(A)),
    (Reason.REVOKED, "taken back", "querystring", {}, refusing(Reason.REVOKED), lambda: query(A)),
    (Reason.OVERSIZE, "4,097 letters", "querystring", {}, Toy(), lambda: query(("token", "a" * 4_097))),
    (Reason.OVERSIZE, "bytes, not letters", "querystring", {"max_credential_bytes": 5}, Toy(),
     lambda: query(("token", "€€"))),
    (Reason.EXPIRED, "too old", "querystring", {}, refusing(Reason.EXPIRED), lambda: query(A)),
    (Reason.INACTIVE, "inactive", "querystring", {}, Toy(lambda _: Identity(User(is_active=False))), lambda: query(A)),
    (Reason.ORIGIN, "foreign", "querystring", {}, Toy(), lambda: query(A, origin=FOREIGN)),
    (Reason.ORIGIN, "null, first message", "first_message", {}, Toy(), lambda: (scope_of(origin="null"), Server(AUTH))),
    (Reason.ORIGIN, "none, ambient", "cookie", {}, Toy(), lambda: cookie("sessionid=a", origin=None)),
    (Reason.ORIGIN, "none, by policy", "querystring", {"native_clients": False}, Toy(), lambda: query(A, origin=None)),
    (Reason.SUBPROTOCOL, "only the credential", "subprotocol", {}, Toy(), lambda: offered("bearer.x")),
    (Reason.BAD_MESSAGE, "no JSON", "first_message", {}, Toy(), lambda: framed("hello")),
    (Reason.BAD_MESSAGE, "binary", "first_message", {}, Toy(), lambda: framed(AUTH.encode())),
    (Reason.BAD_MESSAGE, "two at once", "first_message", {}, Toy(), lambda: framed(AUTH, AUTH)),
    (Reason.MESSAGE_TOO_LARGE, "8,193 bytes", "first_message", {}, Toy(), lambda: framed("x" * 8_193)),
    (Reason.EARLY_MESSAGE, "a command", "first_message", {}, Toy(), lambda: framed(WHOAMI)),
    (Reason.EARLY_MESSAGE, "auth and a command", "first_message", {}, Toy(), lambda: framed(AUTH, WHOAMI)),
    (Reason.INSECURE, "a plain connection", "querystring", {"require_secure": True}, Toy(), lambda: query(A)),
    (Reason.TIMEOUT, "silence", "first_message", PAST, Toy(), framed),
    (Reason.UNAVAILABLE, "slow", "querystring", PAST, Toy(forever), lambda: query(A)),
    (Reason.UNAVAILABLE, "slow, accepted", "first_message", PAST, Toy(forever), lambda: framed(AUTH)),
    (Reason.INTERNAL, "an error", "querystring", {}, Toy(raising(RuntimeError())), lambda: query(A)),
    (Reason.INTERNAL, "an error of time", "querystring", {}, Toy(raising(TimeoutError())), lambda: query(A)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "name", "rules", "backend", "make"),
    [(reason, name, rules, backend, make) for reason, _, name, rules, backend, make in REACHED],
    ids=[f"{reason.name}: {why}" for reason, why, *_ in REACHED],
)
async def test_every_reason_is_reached(
    reason: Reason, name: str, rules: dict[str, Any], backend: Toy, make: Callable[[], Any]
) -> None:
    inner = Inner()
    scope, server = make()
    await run(gate(name, backend, inner, **rules), scope, server)
    refused_with(server, reason)
    assert inner.scopes == []


def test_the_list_above_leaves_no_reason_out() -> None:
    assert {reason for reason, *_ in REACHED} == set(Reason) - AFTERWARDS


# ── the order of checks ──────────────────────────────────────────────────────────────────────────


@every_strategy
@pytest.mark.parametrize(
    ("scheme", "header", "admitted"),
    [("wss", None, True), ("ws", None, False), (None, None, False), (None, b"https", True), ("wss", b"http", False)],
)
async def test_plain_connections_where_encrypted_ones_are_required(
    name: str, scheme: str | None, header: bytes | None, admitted: bool
) -> None:
    """By the server's word, or where a trusted proxy is configured, by its alone."""
    inner = Inner(hangs_up)
    scope, server = presented(name, scheme=scheme)
    scope["headers"] = [*scope["headers"], *([(b"X-Forwarded-Proto", header)] if header else [])]
    trusted = ("x-forwarded-proto", "https") if header else None
    await run(gate(name, app=inner, require_secure=True, secure_proxy_header=trusted), scope, server)
    assert len(inner.scopes) == admitted
    if not admitted:
        refused_with(server, Reason.INSECURE)


async def test_the_origin_comes_first() -> None:
    asked: list[str] = []
    server = await attempt(gate("first_message", Toy(asked.append)), "first_message", origin="https://evil.example")
    assert (server.types, asked) == (["http.response.start", "http.response.body"], [])


@pytest.mark.parametrize(
    "make",
    [
        lambda: query(("token", "a b")),
        lambda: query(("token", "a" * 5_000)),
        lambda: (scope_of(Open(query=(("token", "a"),), headers=((b"authorization", b"Bearer b"),))), Server()),
    ],
    ids=["unsafe", "oversize", "two carriers"],
)
async def test_no_backend_is_asked_about_what_it_need_not_see(make: Callable[[], Any]) -> None:
    asked: list[str] = []
    scope, server = make()
    await run(gate("querystring", Toy(asked.append)), scope, server)
    assert asked == []


async def test_ambient_credentials_beside_an_explicit_one_are_ignored() -> None:
    inner = Inner(hangs_up)
    scope = scope_of(Open(query=(("token", "a"),), headers=((b"cookie", b"sessionid=b"),)))
    await run(gate("querystring", app=inner), scope, Server())
    assert len(inner.scopes) == 1


# ── the deadline ─────────────────────────────────────────────────────────────────────────────────


@every_strategy
async def test_a_backend_that_never_answers_is_given_up(name: str) -> None:
    backend, inner = Never(), Inner()
    started = asyncio.get_running_loop().time()
    server = await attempt(gate(name, backend, inner, **PAST), name)
    assert 0.02 <= asyncio.get_running_loop().time() - started < 5
    refused_with(server, Reason.UNAVAILABLE)
    assert backend.cancelled
    assert inner.scopes == []
    await nothing_runs()


@pytest.mark.django_db(transaction=True)
async def test_a_thread_that_never_answers_is_given_up() -> None:
    """The thread can't be stopped, but the client doesn't wait for it."""
    release = threading.Event()
    try:
        backend = Toy(lambda token: database_sync_to_async(release.wait)(30))
        server = await attempt(gate("querystring", backend, Inner(), **PAST), "querystring")
        refused_with(server, Reason.UNAVAILABLE)
    finally:
        release.set()
    await database_sync_to_async(lambda: None)()  # the thread is free again


@pytest.mark.parametrize(("name", "rule"), [("first_message", "deadline"), ("querystring", "handshake_deadline")])
async def test_each_kind_of_strategy_has_its_own_deadline(name: str, rule: str) -> None:
    other = "handshake_deadline" if rule == "deadline" else "deadline"
    server = await attempt(gate(name, Never(), **{rule: 0.01, other: 1_000}), name)
    refused_with(server, Reason.UNAVAILABLE)


async def test_what_is_said_without_asking_anybody_is_no_answer_of_the_backend() -> None:
    """Else a forged token now and then would keep everybody waiting for a database that hangs."""
    backend = Toy(raising(Refused(Reason.INVALID)))
    await attempt(gate("querystring", backend), "querystring")
    assert backend.pulse.beats == 0

    async def looked_up() -> Identity:
        await asyncio.sleep(0)
        raise Refused(Reason.INVALID)

    backend.answer = lambda token: looked_up()
    await attempt(gate("querystring", backend), "querystring")
    assert backend.pulse.beats == 1


async def test_a_backend_that_answers_on_one_route_is_not_silent_on_another() -> None:
    async def looked_up() -> Identity:
        await asyncio.sleep(0)
        return Identity(User())

    backend = Toy(lambda token: looked_up())
    for name in ("querystring", "header"):
        await attempt(gate(name, backend), name)
    assert backend.pulse.beats == 2


async def test_the_deadline_runs_from_the_upgrade_and_is_not_extended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three steps until the message, two more for its verification: together too long for five."""
    ahead = 0.0

    async def steps(count: int) -> None:
        nonlocal ahead
        for _ in range(count):
            ahead += 1.001  # a fifth of the deadline: see `strategies.deadline`
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    loop = asyncio.get_running_loop()
    clock = loop.time
    monkeypatch.setattr(loop, "time", lambda: clock() + ahead)
    backend, inner = Never(), Inner()
    scope, server = scope_of(), Server()
    task = asyncio.ensure_future(run(gate("first_message", backend, inner, deadline=5), scope, server))
    await until(lambda: server.types == ["accept", "send"])
    await steps(3)
    server.say(AUTH)
    await backend.asked.wait()
    await steps(1)
    assert not task.done()
    await steps(1)
    await task
    refused_with(server, Reason.UNAVAILABLE)
    assert inner.scopes == []


# ── clients that leave, and clients that talk ────────────────────────────────────────────────────


@every_strategy
async def test_a_client_that_leaves_before_it_asked(name: str) -> None:
    inner, server = Inner(), Server()
    await server.receive()
    server.leave()
    await run(gate(name, Never(), inner), scope_of(), server)
    assert (server.sent, inner.scopes) == ([], [])
    await nothing_runs()


async def test_a_client_that_leaves_before_its_first_message() -> None:
    inner, server = Inner(), Server()
    server.leave()
    await run(gate("first_message", Never(), inner), scope_of(), server)
    assert (server.types, inner.scopes) == (["accept", "send"], [])
    await nothing_runs()


@every_strategy
async def test_a_client_that_leaves_during_verification(name: str) -> None:
    backend, inner = Never(), Inner()
    scope, server = presented(name)
    task = asyncio.ensure_future(run(gate(name, backend, inner), scope, server))
    await backend.asked.wait()
    told = list(server.sent)
    server.leave()
    await task
    assert server.sent == told, "nothing is said to somebody who has left"
    assert inner.scopes == []
    assert backend.cancelled
    await nothing_runs()


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ('{"command":"whoami"}', Reason.EARLY_MESSAGE),
        ("", Reason.EARLY_MESSAGE),
        (b"\x00", Reason.EARLY_MESSAGE),
        (AUTH, Reason.BAD_MESSAGE),
    ],
    ids=repr,
)
async def test_a_frame_during_verification_is_refused(frame: str | bytes, reason: Reason) -> None:
    backend, inner = Never(), Inner()
    scope, server = presented("first_message")
    task = asyncio.ensure_future(run(gate("first_message", backend, inner), scope, server))
    await backend.asked.wait()
    server.say(frame)
    await task
    refused_with(server, reason)
    assert inner.scopes == []
    assert backend.cancelled
    await nothing_runs()


@pytest.mark.parametrize("verdict", [Toy(), refusing(Reason.INVALID)], ids=["good", "bad"])
async def test_auth_and_a_command_in_one_segment(verdict: Toy) -> None:
    """Even when verification never suspends: what was queued with the credential was sent too early."""
    inner, server = Inner(), Server(AUTH, '{"command":"whoami"}')
    await run(gate("first_message", verdict, inner), scope_of(), server)
    assert inner.scopes == []
    assert server.sent[-1]["code"] == 4401


async def test_a_gate_that_is_cancelled_leaves_nothing_behind() -> None:
    backend, inner = Never(), Inner()
    scope, server = presented("first_message")
    task = asyncio.ensure_future(run(gate("first_message", backend, inner), scope, server))
    await backend.asked.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert (backend.cancelled, inner.scopes) == (True, [])
    await nothing_runs()


# ── the application's side ───────────────────────────────────────────────────────────────────────


async def test_what_is_sent_after_ok_arrives_in_order_whatever_the_application_does() -> None:
    """Channels' consumers wait for the client and for their channel at once, and cancel what has not come."""
    received: list[Event] = []

    async def consumer(scope: Scope, receive: Receiver, send: Sender) -> None:
        await send({"type": "websocket.accept"})
        while not received or received[-1]["type"] != "websocket.disconnect":
            waiting = asyncio.ensure_future(receive())
            await asyncio.sleep(0)
            if not waiting.done():
                waiting.cancel()
            try:
                received.append(await waiting)
            except asyncio.CancelledError:
                await asyncio.sleep(0)

    scope, server = presented("first_message")
    task = asyncio.ensure_future(run(gate("first_message", app=consumer), scope, server))
    await until(lambda: messages.ok(None) in server.texts)
    for number in range(50):
        server.say(str(number))
        if number % 3 == 0:
            await asyncio.sleep(0)
    server.leave()
    await task
    assert received[0] == {"type": "websocket.connect"}
    assert [event["text"] for event in received[1:-1]] == [str(number) for number in range(50)]


@every_strategy
async def test_the_application_runs_as_if_it_stood_there_alone(name: str) -> None:
    scope, server = presented(name)
    task = asyncio.ensure_future(run(gate(name, app=witness), scope, server))
    await until(lambda: any('"ready"' in text for text in server.texts))
    server.say('{"command":"echo","data":"hello"}')
    await until(lambda: any('"echo"' in text for text in server.texts))
    server.leave()
    await task
    notices = ["send", "send"] if name == "first_message" else []
    assert server.types == ["accept", *notices, "send", "send"]
    assert json.loads(server.texts[-2])["user"] == "ada"
    await nothing_runs()


def accepts(**more: Any) -> App:
    async def app(scope: Scope, receive: Receiver, send: Sender) -> None:
        await receive()
        await send({"type": "websocket.accept", **more})

    return app


@pytest.mark.parametrize(
    ("name", "chosen", "named"),
    [
        ("subprotocol", {}, "chat.v1"),  # or a browser would end the connection
        ("subprotocol", {"subprotocol": "chat.v2"}, "chat.v2"),
        ("querystring", {}, None),
        ("querystring", {"subprotocol": "chat.v2"}, "chat.v2"),
        ("cookie", {}, None),
        ("header", {}, None),
        ("first_message", {}, "chat.v1"),  # the gate itself has accepted, before anybody could choose
        ("first_message", {"subprotocol": "chat.v2"}, "chat.v1"),
    ],
)
async def test_who_names_the_subprotocol(name: str, chosen: Event, named: str | None) -> None:
    scope, server = presented(name)
    offered = ["chat.v1", "chat.v2", *(one for one in scope["subprotocols"] if one.startswith("bearer"))]
    scope = {**scope, "subprotocols": offered, "headers": [h for h in scope["headers"] if b"protocol" not in h[0]]}
    await run(gate(name, app=accepts(**chosen)), scope, server)
    assert server.types[0] == "accept"
    assert "accept" not in server.types[1:]
    assert server.sent[0].get("subprotocol") == named


@pytest.mark.parametrize(
    ("offered", "header", "named"),
    [
        (["a", "b"], None, "a"),  # a server that took the header away
        (["a", "b"], b"a, b", "a"),
        (["a", "b"], b"b ,a", "a"),
        (["aA", "b"], b"a%41, b", "b"),  # daphne decodes, and can't answer what it decoded
        (["a b"], b"a%20b", None),
        (["a\r\nset-cookie: x=y"], b"a%0d%0aset-cookie:%20x=y", None),
        ([f"bearer.{TOKEN}", "b"], None, "b"),
        (["Bearer.x", " bearer.y", "bearer64.eA"], None, None),
        ([], None, None),
        (["\ud800"], b"x", None),
    ],
    ids=repr,
)
async def test_what_the_gate_itself_may_name(offered: list[str], header: bytes | None, named: str | None) -> None:
    """Something that was offered, in just these letters, and in which no strategy sees a credential."""
    headers = [(b"origin", ORIGIN.encode()), *([(b"Sec-WebSocket-Protocol", header)] if header is not None else [])]
    scope = scope_of(subprotocols=offered, headers=headers)
    server = await run(gate("querystring", refuse="close"), scope, Server())
    assert server.sent[0] == {"type": "websocket.accept", "subprotocol": named}


async def test_a_second_auth_ends_the_connection_for_both_sides() -> None:
    received: list[Event] = []

    async def consumer(scope: Scope, receive: Receiver, send: Sender) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            received.append(event)
        received.append(event)
        await send({"type": "websocket.send", "text": "too late"})
        await send({"type": "websocket.close", "code": 1000})

    scope, server = presented("first_message")
    task = asyncio.ensure_future(run(gate("first_message", app=consumer), scope, server))
    await until(lambda: messages.ok(None) in server.texts)
    server.say("hello", messages.auth("another"))
    await task
    assert received == [
        {"type": "websocket.receive", "text": "hello"},
        {"type": "websocket.disconnect", "code": 4409},
    ]
    refused_with(server, Reason.SECOND_AUTH)
    assert "too late" not in server.texts


@pytest.mark.parametrize("name", HANDSHAKE_STRATEGIES)
async def test_on_other_strategies_an_auth_message_is_the_applications(name: str) -> None:
    scope, server = presented(name)
    task = asyncio.ensure_future(run(gate(name, app=witness), scope, server))
    await until(lambda: len(server.texts) == 1)
    server.say('{"type":"auth","token":"x","data":"seen"}')
    await until(lambda: len(server.texts) == 2)
    server.leave()
    await task
    assert json.loads(server.texts[1]) == {"type": "echo", "data": "seen"}


# ── backends that fail ───────────────────────────────────────────────────────────────────────────

FAILING: dict[str, Any] = {
    "raises": raising(RuntimeError(TOKEN)),
    "raises a group": raising(ExceptionGroup(TOKEN, [ValueError(TOKEN)])),
    "raises a time-out of its own": raising(TimeoutError(TOKEN)),
    "raises an OSError": raising(ConnectionRefusedError(TOKEN)),
    "raises StopIteration": raising(StopIteration(TOKEN)),
    "returns None": lambda token: None,
    "returns the user": lambda token: User(),
    "returns the token": lambda token: token,
    "returns True": lambda token: True,
    "returns a class": lambda token: Identity,
}


@every_strategy
@pytest.mark.parametrize("answer", FAILING.values(), ids=FAILING)
async def test_a_backend_that_fails_lets_nobody_in(name: str, answer: Any) -> None:
    inner = Inner()
    server = await attempt(gate(name, Toy(answer), inner), name)
    refused_with(server, Reason.INTERNAL)
    assert inner.scopes == []


class Shy(User):
    @property
    def is_active(self) -> bool:
        raise LookupError

    @is_active.setter
    def is_active(self, value: bool) -> None: ...


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        (None, Reason.INVALID),
        (AnonymousUser(), Reason.INVALID),
        (User(is_authenticated="yes"), Reason.INVALID),
        (User(is_active=False), Reason.INACTIVE),
        (Shy(), Reason.INTERNAL),
    ],
    ids=lambda value: value.name if isinstance(value, Reason) else type(value).__name__,
)
async def test_a_backend_that_lets_anybody_in_does_not(user: Any, reason: Reason) -> None:
    inner = Inner()
    server = await attempt(gate("querystring", Toy(lambda token: Identity(user)), inner), "querystring")
    refused_with(server, reason)
    assert inner.scopes == []


# ── strategies that fail ─────────────────────────────────────────────────────────────────────────


class Flow(Fixed):
    """A stranger's strategy with the server half of a test."""

    def __init__(self, server: Callable[[Any], Any]) -> None:
        self.server = server  # type: ignore[method-assign]


def yields(*steps: Any, returns: Any = FOUND) -> Callable[[Any], Any]:
    def server(handshake: Any) -> Any:
        for step in steps:  # noqa: UP028  a tuple takes no answers
            yield step
        return returns

    return server


def stubborn(handshake: Any) -> Any:
    try:
        yield Receive
    finally:
        yield Accept()


JUNK_HALVES: dict[str, Callable[[Any], Any]] = {
    "raises": raising(RuntimeError(TOKEN)),
    "returns None": lambda handshake: None,
    "returns a credential at once": lambda handshake: Credential(TOKEN),
    "returns a list": lambda handshake: [Accept(), Credential(TOKEN)],
    "yields None": yields(None),
    "yields a class": yields(Accept),
    "yields a client's step": yields(Open()),
    "yields a credential": yields(Credential(TOKEN)),
    "ends with None": yields(returns=None),
    "ends with a text": yields(returns=TOKEN),
    "ends with bytes": yields(returns=Credential(TOKEN.encode())),  # type: ignore[arg-type]
    "ends with a number": yields(returns=Credential(1)),  # type: ignore[arg-type]
    "does not close": stubborn,
}


@pytest.mark.parametrize("half", JUNK_HALVES.values(), ids=JUNK_HALVES)
async def test_a_server_half_that_fails_lets_nobody_in(half: Callable[[Any], Any]) -> None:
    inner = Inner()
    server = await attempt(gate(Flow(half), app=inner), Fixed())
    refused_with(server, Reason.INTERNAL)
    assert inner.scopes == []


async def test_a_server_half_that_ends_with_an_empty_credential() -> None:
    asked: list[str] = []
    server = await attempt(gate(Flow(yields(returns=Credential(""))), Toy(asked.append)), Fixed())
    refused_with(server, Reason.MISSING)
    assert asked == []


async def test_a_server_half_that_waits_before_it_accepts_is_given_up() -> None:
    server = await attempt(gate(Flow(yields(Receive())), **PAST), Fixed())
    refused_with(server, Reason.TIMEOUT)


async def test_a_server_half_that_says_something_itself() -> None:
    class Greets(Flow):
        traits = Traits(accepts_first=True)

    inner, scope, server = Inner(hangs_up), scope_of(), Server()
    await run(gate(Greets(yields(Accept(), Send("who is there?"))), app=inner), scope, server)
    assert server.texts[1:2] == ["who is there?"]
    assert len(inner.scopes) == 1


JUNK_SCOPES: dict[str, Callable[[Scope], Any]] = {
    "raises": raising(RuntimeError(TOKEN)),  # type: ignore[dict-item]
    "refuses": raising(Refused(Reason.INVALID)),  # type: ignore[dict-item]
    "None": lambda scope: None,
    "nothing": lambda scope: {},
    "a list": list,
    "a text": str,
    "a scope of junk": lambda scope: {"headers": 5, "subprotocols": 7},
}


@pytest.mark.parametrize("denial", [True, False], ids=["denial", "no denial"])
@pytest.mark.parametrize("scrub", JUNK_SCOPES.values(), ids=JUNK_SCOPES)
async def test_a_strategy_that_cannot_scrub_lets_nobody_in(scrub: Callable[[Scope], Any], denial: bool) -> None:
    class Dirty(Fixed):
        def scrub(self, scope: Scope) -> Scope:
            return scrub(scope)  # type: ignore[no-any-return]

    inner = Inner()
    server = await attempt(gate(Dirty(), app=inner), Dirty(), denial=denial)
    refused_with(server, Reason.INTERNAL, denial=denial)
    assert inner.scopes == []


class Nosy(Fixed):
    """A rival that fails whenever it is asked what a request carries."""

    def carries(self, handshake: Any) -> bool:
        raise RuntimeError(TOKEN)


@pytest.mark.parametrize("subprotocols", [[], ["chat.v1"]], ids=["none offered", "one offered"])
async def test_a_rival_that_fails_lets_nobody_in(subprotocols: list[str]) -> None:
    inner = Inner()
    one = gate("querystring", app=inner, rivals=[Nosy()])
    server = await attempt(one, "querystring", subprotocols=subprotocols)
    refused_with(server, Reason.INTERNAL)
    assert inner.scopes == []


# ── servers that fail ────────────────────────────────────────────────────────────────────────────


def broken_after(count: int) -> Callable[[Event], None]:
    """A server whose peer has gone after this many events."""
    left = iter(range(count))

    def takes(event: Event) -> None:
        if next(left, None) is None:
            raise ConnectionResetError

    return takes


@pytest.mark.parametrize("good", [True, False], ids=["good", "bad"])
@pytest.mark.parametrize("count", range(4))
@pytest.mark.parametrize("way", WAYS)
async def test_a_peer_that_has_left_ends_the_attempt_quietly(way: str, count: int, good: bool) -> None:
    name, rules, denial = WAYS[way]
    inner = Inner(lambda scope, receive, send: asyncio.sleep(0))
    scope, server = presented(name, denial=denial)
    server._takes = broken_after(count)
    await run(gate(name, Toy() if good else refusing(Reason.INVALID), inner, **rules), scope, server)
    said_before = {"accepted first": 3, "accepted first, closing policy": 3, "accepted first, silent": 1}.get(way, 0)
    assert len(inner.scopes) == (good and count >= said_before)
    await nothing_runs()


def autobahn(event: Event) -> None:
    if event["type"] == "websocket.close" and not (event["code"] == 1000 or 3000 <= event["code"] < 5000):
        raise ValueError(f"invalid close code {event['code']}")


@pytest.mark.parametrize("reason", Reason, ids=repr)
async def test_a_server_with_few_close_codes_gets_the_stand_in(reason: Reason) -> None:
    scope, server = presented("first_message")
    server._takes = autobahn
    await run(gate("first_message", refusing(reason)), scope, server)
    assert server.sent[-1]["code"] == REASONS[reason.name].stand_in
    assert server.texts[-1] == messages.refusal(reason)


# ── what is written down ─────────────────────────────────────────────────────────────────────────

LOGGER = "wsauth.security"


def spellings_in(token: str, texts: list[str]) -> list[str]:
    return [how for how, spelling in encodings(token).items() if any(spelling in text for text in texts)]


def written(record: logging.LogRecord) -> list[str]:
    """Everything of a record that a handler could write."""
    return [logging.Formatter().format(record), *leaves(vars(record))]


VERDICTS: dict[str, Any] = {
    **{reason.name: refusing(reason) for reason in Reason},
    **{f"fails: {how}": Toy(answer) for how, answer in FAILING.items()},
}


@every_strategy
@pytest.mark.parametrize("verdict", VERDICTS)
async def test_one_record_for_a_refusal_and_no_secret_in_it(
    name: str, verdict: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await attempt(gate(name, VERDICTS[verdict]), name)
    (record,) = [record for record in caplog.records if record.name == LOGGER]
    reason = verdict if verdict in Reason.__members__ else "INTERNAL"
    failed = verdict.startswith("fails")
    assert (
        vars(record).items()
        >= {
            "reason": reason,
            "strategy": name,
            "backend": "toy",
            "client_address": "127.0.0.1",
            "levelname": "ERROR" if failed else "INFO",
            "exc_info": None,
            "exc_text": None,
            "stack_info": None,
        }.items()
    )
    assert record.getMessage().startswith("failed closed: " if failed else f"refused: {REASONS[reason].label} on ")
    for one in caplog.records:
        assert spellings_in(TOKEN, written(one)) == []


@pytest.mark.parametrize(
    ("make", "reason"),
    [(make, reason) for reason, _, name, _, _, make in REACHED if name == "querystring"],
    ids=[f"{reason.name}: {why}" for reason, why, name, *_ in REACHED if name == "querystring"],
)
async def test_refusals_of_the_gates_own_are_written_down_too(
    make: Callable[[], Any], reason: Reason, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    rules = {row[5]: (row[3], row[4]) for row in REACHED}[make]
    scope, server = make()
    await run(gate("querystring", rules[1], **rules[0]), scope, server)
    assert [record.reason for record in caplog.records] == [reason.name]  # type: ignore[attr-defined]


@every_strategy
async def test_who_gets_in_and_who_leaves_is_no_refusal(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    await attempt(gate(name, app=hangs_up), name)
    gone = Server()
    await gone.receive()
    gone.leave()
    await run(gate(name), scope_of(), gone)
    assert caplog.records == []


@pytest.mark.parametrize(
    ("more", "message", "address"),
    [
        ({"path": "/a\r\nforged: yes\x1b[31m\u2028"}, r"'/a\r\nforged: yes\x1b[31m\u2028'", "127.0.0.1"),
        ({"path": "/" + "a" * 500}, "'/" + "a" * 199 + "'", "127.0.0.1"),
        ({"path": "/\u00e9", "client": None}, r"'/\xe9'", ""),
        ({"path": "/", "client": []}, "'/'", ""),
        ({"path": "/", "client": ["\n\x00", 1]}, "'/'", r"\n\x00"),
        ({"path": "/", "client": [None, 1]}, "'/'", "None"),
    ],
)
async def test_control_characters_are_escaped(
    more: dict[str, Any], message: str, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    await attempt(gate("querystring", refusing(Reason.INVALID)), "querystring", **more)
    (record,) = caplog.records
    assert record.getMessage() == f"refused: invalid on {message}"
    assert record.client_address == address  # type: ignore[attr-defined]


async def test_a_foreign_error_is_named_by_its_type_only(caplog: pytest.LogCaptureFixture) -> None:
    await attempt(gate("querystring", Toy(raising(LookupError(TOKEN)))), "querystring")
    assert caplog.records[0].getMessage() == "failed closed: LookupError on '/ws/'"


# ── what an error tracker would copy ─────────────────────────────────────────────────────────────


class OfTheApplication(Exception):
    pass


def locals_of(error: BaseException) -> list[str]:
    """Every text in the frames of `strategies/` that an exception went through, its causes' included."""
    texts: list[str] = []
    while error is not None:
        traceback = error.__traceback__
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if Path(code.co_filename).is_relative_to(PACKAGE):
                texts.append(code.co_name)
                texts.extend(leaves(dict(traceback.tb_frame.f_locals)))
            traceback = traceback.tb_next
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return texts


@every_strategy
@pytest.mark.parametrize("when", ["at once", "after a frame"])
async def test_the_applications_exceptions_pass_without_the_secret(name: str, when: str) -> None:
    async def fails(scope: Scope, receive: Receiver, send: Sender) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        if when == "after a frame":
            await receive()
        raise OfTheApplication

    scope, server = presented(name)
    task = asyncio.ensure_future(run(gate(name, app=fails), scope, server))
    if when == "after a frame":
        await until(lambda: "accept" in server.types[-1:] or messages.ok(None) in server.texts)
        server.say("boom")
    with pytest.raises(OfTheApplication) as raised:
        await task
    texts = locals_of(raised.value)
    assert "__call__" in texts, "no frame of the gate was looked at"
    assert spellings_in(TOKEN, texts) == []
    await nothing_runs()


@pytest.mark.parametrize("name", HANDSHAKE_STRATEGIES)
@pytest.mark.parametrize("error", [None, RuntimeError(TOKEN)], ids=["refused", "failed"])
async def test_a_server_that_fails_to_refuse_gets_no_secret_either(name: str, error: Exception | None) -> None:
    def takes(event: Event) -> None:
        raise OfTheApplication

    scope, server = presented(name)
    server._takes = takes
    backend = Toy(raising(error)) if error else refusing(Reason.INVALID)
    with pytest.raises(OfTheApplication) as raised:
        await run(gate(name, backend), scope, server)
    texts = locals_of(raised.value)
    assert "__call__" in texts
    assert spellings_in(TOKEN, texts) == []


# ── what a gate is ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["http", "lifespan"])
async def test_a_gate_guards_websocket_routes_only(kind: str) -> None:
    with pytest.raises(ValueError, match=kind):
        await run(gate("querystring"), {"type": kind}, Server())


def test_an_ambient_credential_needs_origins() -> None:
    with pytest.raises(ValueError, match="ORIGINS"):
        gate("cookie", origins=None)
    gate("cookie", origins=[])  # nobody gets in, which is a policy


def test_a_gate_cannot_be_changed() -> None:
    one = gate("querystring")
    with pytest.raises(FrozenInstanceError):
        one.policy = Policy()  # type: ignore[misc]


def test_a_gate_needs_neither_names_nor_rivals() -> None:
    one = type(gate("querystring"))(hangs_up, QueryString(), Toy(), Policy())
    assert (one.strategy_name, one.backend_name, one.rivals) == ("", "", ())


async def test_one_gate_serves_many_at_once() -> None:
    """Each sees itself, whatever the others do meanwhile."""

    async def verify(token: str) -> Identity:
        await asyncio.sleep(0)
        if token.endswith("7"):
            raise Refused(Reason.INVALID)
        return Identity(User(token))

    inner = Inner(hangs_up)
    one = gate(Subprotocol(), Toy(verify), inner, rivals=[])
    servers = await asyncio.gather(*(run(one, *presented(Subprotocol(), f"user-{number}")) for number in range(100)))
    names = [scope["user"].username for scope in inner.scopes]
    assert sorted(names) == sorted(f"user-{number}" for number in range(100) if number % 10 != 7)
    assert sum(server.types[0] == "http.response.start" for server in servers) == 10


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2, 1, 0)], ids=str)
async def test_one_consumer_under_several_policies_is_ruled_by_each_routes_own(order: tuple[int, ...]) -> None:
    """Whichever route is used first."""
    inner = Inner(hangs_up)
    other = "https://other.example"
    gates = [
        gate("querystring", app=inner),
        gate("querystring", app=inner, origins=[other], refuse="close"),
        gate("header", app=inner, native_clients=False),
    ]
    for at in order:
        name = ("querystring", "querystring", "header")[at]
        admitted = []
        for origin in (ORIGIN, other, None):
            before = len(inner.scopes)
            server = await attempt(gates[at], name, origin=origin)
            admitted.append(len(inner.scopes) > before)
            if not admitted[-1]:
                refused_with(server, Reason.ORIGIN)
                assert (server.types[0] == "accept") is (at == 1)
        assert admitted == [[True, False, True], [False, True, True], [True, False, False]][at]
