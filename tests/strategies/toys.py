"""A toy server, toy plug-ins and the built-in strategies in a row: what the tests of the kernel share."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from strategies.backend import Backend, Identity
from strategies.conformance.attempt import opening_of
from strategies.conformance.inprocess import InProcess
from strategies.conformance.medium import Request
from strategies.conformance.probe import Probe, witness
from strategies.cookie import Cookie
from strategies.first_message import FirstMessage
from strategies.flow import Credential, Open, Send
from strategies.gate import Gate
from strategies.handshake import Handshake, Scope
from strategies.header import Header
from strategies.lifecycle.watch import NAME
from strategies.policy import Policy
from strategies.querystring import QueryString
from strategies.refusal import Reason, Refused
from strategies.strategy import HandshakeStrategy, Strategy
from strategies.subprotocol import Subprotocol
from strategies.wire import App, Event, Receiver, Sender

TOKEN = "mark3d-cr3dential-n0body-writes-otherwise"
"""Legal in every carrier; long and odd enough to be searched for."""
ORIGIN = "https://app.example"
STRATEGIES: dict[str, Strategy] = {
    "querystring": QueryString(),
    "subprotocol": Subprotocol(),
    "first_message": FirstMessage(),
    "cookie": Cookie(),
    "header": Header(),
}
HANDSHAKE_STRATEGIES = [name for name in STRATEGIES if name != "first_message"]

CONNECT: Event = {"type": "websocket.connect"}
NOTHING = Open()
"""An upgrade request that presents nothing."""
DISCONNECT: Event = {"type": "websocket.disconnect", "code": 1005}


# ── who is there ─────────────────────────────────────────────────────────────────────────────────


@dataclass
class User:
    username: str = "ada"
    is_active: Any = True
    is_authenticated: Any = True


Answer = Callable[[str], Any]
"""What a toy backend makes of a token: a value, an exception, or either of them later."""


class Toy(Backend):
    """A backend of one function."""

    def __init__(self, answer: Answer = lambda token: Identity(User())) -> None:
        self.answer = answer

    async def verify(self, token: str) -> Identity:
        found = self.answer(token)
        return await found if inspect.isawaitable(found) else found

    async def issue(self, user: Any) -> str:
        return TOKEN


def raising(error: BaseException) -> Answer:
    def answer(token: str) -> Any:
        raise error

    return answer


def refusing(reason: Reason) -> Toy:
    return Toy(raising(Refused(reason)))


class Never(Toy):
    """Never answers; remembers that it was asked, and that it was told to stop."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.cancelled = False

    async def verify(self, token: str) -> Identity:
        self.asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        raise AssertionError("unreachable")


FOUND = Credential(TOKEN)


class Fixed(HandshakeStrategy):
    """A stranger's strategy that finds the same credential in every request."""

    def __init__(self, credential: Any = FOUND) -> None:
        self.credential = credential

    def find(self, handshake: Handshake) -> Credential:
        if isinstance(self.credential, BaseException):
            raise self.credential
        return self.credential

    def opening(self, token: str) -> Open:
        return Open()

    def scrub(self, scope: Scope) -> Scope:
        return dict(scope)


# ── a server and what stands behind it ───────────────────────────────────────────────────────────


class Server:
    """The server's end of one connection: what the client does goes in, `sent` is what came out."""

    def __init__(self, *frames: str | bytes, takes: Callable[[Event], None] = lambda event: None) -> None:
        """`frames`: what the client has sent before anybody asked. `takes`: raises for what can't be sent."""
        self.sent: list[Event] = []
        self._takes = takes
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._events.put_nowait(CONNECT)
        self.say(*frames)

    def say(self, *frames: str | bytes) -> None:
        for frame in frames:
            kind = "text" if isinstance(frame, str) else "bytes"
            self._events.put_nowait({"type": "websocket.receive", kind: frame})

    def leave(self) -> None:
        self._events.put_nowait(DISCONNECT)

    async def receive(self) -> Event:
        return await self._events.get()

    async def send(self, event: Event) -> None:
        self._takes(event)
        self.sent.append(event)
        if event["type"] == "websocket.close":
            self.leave()

    @property
    def types(self) -> list[str]:
        return [event["type"].removeprefix("websocket.") for event in self.sent]

    @property
    def texts(self) -> list[str]:
        return [event["text"] for event in self.sent if event["type"] == "websocket.send"]


class Inner:
    """The application behind a gate: remembers each scope it was called with."""

    def __init__(self, app: App = witness) -> None:
        self.app = app
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receiver, send: Sender) -> None:
        self.scopes.append(scope)
        await self.app(scope, receive, send)


async def hangs_up(scope: Scope, receive: Receiver, send: Sender) -> None:
    """The shortest polite application."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": 1000})


def gate(
    strategy: Strategy | str,
    backend: Backend | None = None,
    app: App = hangs_up,
    *,
    rivals: Iterable[Strategy] | None = None,
    **rules: Any,
) -> Gate:
    """A gate under a policy that names one origin; rivals are the other built-in strategies."""
    name = strategy if isinstance(strategy, str) else "strange"
    others = tuple(other for key, other in STRATEGIES.items() if key != name) if rivals is None else tuple(rivals)
    made = STRATEGIES[strategy] if isinstance(strategy, str) else strategy
    return Gate(app, made, backend or Toy(), Policy(**{"origins": [ORIGIN], **rules}), name, "toy", others)


def scope_of(opening: Open = NOTHING, *, origin: str | None = ORIGIN, denial: bool = True, **more: Any) -> Scope:
    """The scope of an upgrade request, as the conformance suite's own medium encodes it."""
    medium = InProcess(witness, Probe(), denies_with_status=denial)
    return {**medium._scope(Request("/ws/", opening, origin, "attempt")), **more}


def presented(strategy: Strategy | str, token: str = TOKEN, **more: Any) -> tuple[Scope, Server]:
    """A scope and a server to which a client half has presented `token`."""
    flow = (STRATEGIES[strategy] if isinstance(strategy, str) else strategy).client(token)
    scope = scope_of(opening_of(flow), **more)
    return scope, Server(*(step.text for step in flow if isinstance(step, Send)))


async def run(app: App, scope: Scope, server: Server) -> Server:
    async with asyncio.timeout(10):
        await app(scope, server.receive, server.send)
    return server


async def until(condition: Callable[[], bool]) -> None:
    """Turns the loop until something is so."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  any state may be waited for, not only an event
            await asyncio.sleep(0)


async def nothing_runs() -> None:
    """No task is left but the test's own and the watch; a cancelled one has a turn of the loop to end in."""
    await asyncio.sleep(0)
    assert {task for task in asyncio.all_tasks() if task.get_name() != NAME} == {asyncio.current_task()}


def work(ask: Callable[[], object]) -> int:
    """How many calls it takes, C and resumed generators included: a measure that no busy machine disturbs."""
    count = 0

    def counted(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(counted)
    try:
        ask()
    finally:
        sys.setprofile(None)
    return count
