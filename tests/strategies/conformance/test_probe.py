"""The probe: it sees what an application is given, changes nothing, and forgets in the end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pytest

from strategies.backend import Identity
from strategies.conformance import probe as module
from strategies.conformance.probe import ENDPOINT, Observation, Probe, leaves, witness
from strategies.handshake import Scope
from strategies.wire import Receiver, Sender
from tests.strategies.conformance.stage import ACCEPT, LISTEN, plays
from tests.strategies.toys import Server, User, run, scope_of

SECRET = "s3cret"


def named(attempt: str, **more: Any) -> Scope:
    return scope_of(headers=[(b"x-wsauth-attempt", attempt.encode())], **more)


# ── watching ─────────────────────────────────────────────────────────────────────────────────────


async def test_runs_frames_and_texts_are_written_down() -> None:
    probe = Probe()
    app = probe.wrap(plays(ACCEPT, LISTEN, LISTEN))
    server = Server("text", b"\xff")
    server.leave()
    await run(app, named("one", user=User("ada")), server)
    seen = probe.observe("one")
    assert (seen.runs, seen.frames) == (1, ["text", "\xff"])
    assert {"ada", "/ws/", "x-wsauth-attempt", "one"} <= set(seen.leaves)
    assert "ada" not in repr(seen)


async def test_each_attempt_has_its_own() -> None:
    probe = Probe()
    app = probe.wrap(plays())
    for name in ("one", "two", "two"):
        server = Server()
        server.leave()
        await run(app, named(name), server)
    server = Server()
    server.leave()
    await run(app, scope_of(headers=None), server)
    assert [probe.observe(name).runs for name in ("one", "two", "", "three")] == [1, 2, 1, 0]


async def test_nothing_is_changed_on_the_way() -> None:
    given: list[tuple[Any, ...]] = []

    async def app(scope: Scope, receive: Receiver, send: Sender) -> None:
        given.append((scope, await receive(), send))

    scope, server = named("one"), Server()
    await run(Probe().wrap(app), scope, server)
    assert given[0][0] is scope
    assert given[0][1] == {"type": "websocket.connect"}
    assert given[0][2] == server.send


async def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT", 2)
    probe = Probe()
    app = probe.wrap(plays())
    for name in ("one", "two", "three"):
        server = Server()
        server.leave()
        await run(app, named(name), server)
    assert [probe.observe(name).runs for name in ("one", "two", "three")] == [0, 1, 1]


async def test_the_endpoint_tells_an_observation() -> None:
    probe = Probe()
    server = Server()
    server.leave()
    await run(probe.wrap(plays()), named("one"), server)
    answer = Server()
    await run(probe.endpoint, {"type": "http", "path": f"{ENDPOINT}one"}, answer)
    start, body = answer.sent
    assert Observation(**json.loads(body["body"])) == probe.observe("one")
    assert (start["status"], dict(start["headers"])[b"content-length"]) == (200, str(len(body["body"])).encode())


# ── the smallest application ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, {"user": "", "strategy": None, "backend": None}),
        (
            {"user": User("ada"), "auth": Identity(None, strategy="s", backend="b")},
            {"user": "ada", "strategy": "s", "backend": "b"},
        ),
    ],
    ids=["nobody", "ada"],
)
async def test_the_witness_says_who_is_there_and_echoes(more: dict[str, Any], told: dict[str, Any]) -> None:
    server = Server('{"command":"echo","data":[1]}', '{"command":"x"}')
    server.leave()
    await run(witness, scope_of(**more), server)
    assert server.types[0] == "accept"
    assert [json.loads(text) for text in server.texts] == [
        {"type": "ready", **told},
        {"type": "echo", "data": [1]},
        {"type": "echo", "data": None},
    ]


# ── leaves ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Slotted:
    hidden: Any


@dataclass
class Plain:
    hidden: Any


class Speaking:
    __slots__ = ()

    def __repr__(self) -> str:
        return f"Speaking({SECRET})"


class Lazy:
    def __init__(self) -> None:
        self.cached = {"token": [SECRET]}


def endless() -> list[Any]:
    value: list[Any] = [SECRET]
    value.append(value)
    return value


HOLDS: dict[str, Any] = {
    "text": SECRET,
    "bytes": SECRET.encode(),
    "bytearray": bytearray(SECRET.encode()),
    "memoryview": memoryview(SECRET.encode()),
    "key": {SECRET: 1},
    "value": {"a": SECRET},
    "mapping": MappingProxyType({"a": SECRET}),
    "list": [1, [SECRET]],
    "tuple": ((SECRET,),),
    "set": {SECRET},
    "frozenset": frozenset({SECRET}),
    "attribute": Plain(SECRET),
    "slot": Slotted({"a": SECRET}),
    "repr": Speaking(),
    "deep": Lazy(),
    "identity": Identity(Plain(SECRET)),
    "part of a text": f"x={SECRET}&y",
    "circular": endless(),
    "exception": ValueError(SECRET),
}


@pytest.mark.parametrize("value", HOLDS.values(), ids=HOLDS)
def test_leaves_reach_it(value: Any) -> None:
    assert any(SECRET in text for text in leaves({"inside": value}))


def a_function() -> str:
    return SECRET


@pytest.mark.parametrize("value", [None, 1, 1.5, True, "", b"", {}, [], int, len, a_function])
def test_leaves_of_what_holds_no_text(value: Any) -> None:
    assert leaves(value) == []


def test_leaves_end_somewhere() -> None:
    value: Any = SECRET
    for _ in range(20):
        value = [value]
    assert leaves(value) == []
