"""The medium without a socket: the ASGI contract, kept towards the application and towards the client."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from strategies.conformance.inprocess import InProcess, InProcessLine
from strategies.conformance.medium import Answer, Ended, Request
from strategies.conformance.probe import Probe
from strategies.flow import Open
from strategies.handshake import Scope
from strategies.wire import App, Event, Receiver, Sender
from tests.strategies.conformance.stage import ACCEPT, LISTEN, closes, denies, plays, text
from tests.strategies.toys import NOTHING, nothing_runs


def request(opening: Open = NOTHING, origin: str | None = None) -> Request:
    return Request("/ws/caf\u00e9/", opening, origin, "attempt-1")


async def dialled(app: App, **options: Any) -> InProcessLine:
    return await InProcess(app, Probe(), **options).dial(request())


# ── the request ──────────────────────────────────────────────────────────────────────────────────


async def scope_of(opening: Open, origin: str | None = None, **options: Any) -> Scope:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receiver, send: Sender) -> None:
        seen.append(scope)

    await (await InProcess(app, Probe(), **options).dial(request(opening, origin))).close()
    return seen[0]


async def test_a_scope_as_a_server_makes_it() -> None:
    opening = Open(query=(("token", "a b&c"),), headers=((b"cookie", b"a=1"),), subprotocols=("chat.v1", "bearer.x"))
    scope = await scope_of(opening, "https://app.example")
    assert (scope["type"], scope["path"], scope["raw_path"]) == (
        "websocket",
        "/ws/caf\u00e9/",
        "/ws/caf\u00e9/".encode(),
    )
    assert scope["query_string"] == b"token=a+b%26c"
    assert scope["subprotocols"] == ["chat.v1", "bearer.x"]
    assert scope["headers"] == [
        (b"host", b"testserver"),
        (b"cookie", b"a=1"),
        (b"x-wsauth-attempt", b"attempt-1"),
        (b"origin", b"https://app.example"),
        (b"sec-websocket-protocol", b"chat.v1, bearer.x"),
    ]


async def test_what_is_not_said_is_not_there() -> None:
    scope = await scope_of(Open())
    assert [name for name, _ in scope["headers"]] == [b"host", b"x-wsauth-attempt"]
    assert (scope["subprotocols"], scope["query_string"]) == ([], b"")


@pytest.mark.parametrize(("denies_with_status", "extensions"), [(True, {"websocket.http.response": {}}), (False, {})])
async def test_the_denial_extension(denies_with_status: bool, extensions: dict[str, Any]) -> None:
    assert (await scope_of(Open(), denies_with_status=denies_with_status))["extensions"] == extensions


# ── the answer ───────────────────────────────────────────────────────────────────────────────────


async def fails(scope: Scope, receive: Receiver, send: Sender) -> None:
    raise RuntimeError


async def returns(scope: Scope, receive: Receiver, send: Sender) -> None: ...


@pytest.mark.parametrize(
    ("app", "answer"),
    [
        (plays(ACCEPT), Answer(101)),
        (plays({**ACCEPT, "subprotocol": "a", "headers": [(b"b", b"c")]}), Answer(101, ((b"b", b"c"),), "a")),
        (plays(*denies(401, b"no", x="y")), Answer(401, ((b"x", b"y"),), body=b"no")),
        (plays(closes(4401)), Answer(403)),
        (returns, Answer(403)),
        (fails, Answer(500)),
    ],
    ids=["accept", "accept with more", "denial", "close", "returns", "fails"],
)
async def test_the_answer(app: App, answer: Answer) -> None:
    line = await dialled(app)
    assert line.answer == answer
    if not answer.accepted:
        assert await line.receive() == Ended(1006)
    await line.close()
    await nothing_runs()


async def test_a_client_that_does_not_wait_for_the_answer_takes_the_application_along() -> None:
    async def never_answers(scope: Scope, receive: Receiver, send: Sender) -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await dialled(never_answers)
    await nothing_runs()


# ── frames and ends ──────────────────────────────────────────────────────────────────────────────


async def test_frames_both_ways() -> None:
    heard: list[Event] = []

    async def app(scope: Scope, receive: Receiver, send: Sender) -> None:
        await receive()
        await send(ACCEPT)
        await send({"type": "websocket.send", "text": "a"})
        await send({"type": "websocket.send", "bytes": b"b"})
        heard.extend([await receive(), await receive(), await receive(), await receive()])

    line = await dialled(app)
    assert [await line.receive(), await line.receive()] == ["a", b"b"]
    await line.send("c", b"d")
    await line.close()
    assert heard == [
        {"type": "websocket.receive", "text": "c"},
        {"type": "websocket.receive", "bytes": b"d"},
        {"type": "websocket.disconnect", "code": 1000},
        {"type": "websocket.disconnect", "code": 1000},  # and whoever asks again is told again
    ]


@pytest.mark.parametrize(
    ("script", "end"),
    [
        ([ACCEPT, closes(4401, "why")], Ended(4401, "why")),
        ([ACCEPT, {"type": "websocket.close"}], Ended(1000)),
        ([ACCEPT, {"type": "websocket.close", "code": None, "reason": None}], Ended(1000)),
    ],
)
async def test_an_end_stays_the_end(script: list[Event], end: Ended) -> None:
    line = await dialled(plays(*script))
    assert [await line.receive(), await line.receive()] == [end, end]
    await line.close()
    await line.close()
    await nothing_runs()


async def test_a_client_that_has_left_still_hears_the_end() -> None:
    line = await dialled(plays(ACCEPT))
    await line.close()
    assert await line.receive() == Ended(1006)


@pytest.mark.parametrize("ends", [fails, returns])
async def test_an_application_that_is_gone_after_the_accept(ends: App) -> None:
    async def app(scope: Scope, receive: Receiver, send: Sender) -> None:
        await send(ACCEPT)
        await ends(scope, receive, send)

    line = await dialled(app)
    assert await line.receive() == Ended(1006)
    await line.close()


async def test_an_application_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[bool] = []

    async def stays(scope: Scope, receive: Receiver, send: Sender) -> None:
        await send(ACCEPT)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def impatient(tasks: Any, timeout: float) -> None:
        await asyncio.sleep(0)

    line = await dialled(stays)
    monkeypatch.setattr("strategies.conformance.inprocess.asyncio.wait", impatient)
    await line.close()
    assert ended == [True]
    await nothing_runs()


# ── observing ────────────────────────────────────────────────────────────────────────────────────


async def test_an_observation_waits_for_what_can_still_run() -> None:
    """A contender that refuses and calls its application all the same does so after the end."""
    probe = Probe()
    inner = probe.wrap(plays())

    async def late(scope: Scope, receive: Receiver, send: Sender) -> None:
        await send(closes(4401))
        for _ in range(5):
            await asyncio.sleep(0)
        await inner(scope, receive, send)

    medium = InProcess(late, probe)
    line = await medium.dial(request())
    assert (await medium.observe("attempt-1")).runs == 1
    await line.close()


async def test_an_observation_of_a_live_connection_does_not_wait() -> None:
    probe = Probe()
    medium = InProcess(probe.wrap(plays(ACCEPT, LISTEN, text(a=1))), probe)
    line = await medium.dial(request())
    assert (await medium.observe("attempt-1")).runs == 1
    assert (await medium.observe("attempt-2")).runs == 0
    await line.close()
