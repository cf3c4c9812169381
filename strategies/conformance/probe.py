"""Stands between a contender and its application and writes down what the application gets to see.

Rule: it changes nothing. It exists for tests and comparisons; what it writes down may hold a secret
when a contender leaks one, so it is never part of a server that serves strangers.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import Any

from ..handshake import Scope
from ..wire import App, Event, Receiver, Sender

ATTEMPT_HEADER = b"x-wsauth-attempt"
ENDPOINT = "/probe/"
_KEPT = 20_000
_DEPTH = 8


@dataclass(slots=True)
class Observation:
    """What an application saw of one attempt."""

    runs: int = 0
    """How often it was called."""
    frames: list[str] = field(default_factory=list)
    """What it received, text or latin-1 of the bytes."""
    leaves: list[str] = field(default_factory=list, repr=False)
    """Every text inside its scope, user object included."""


class Probe:
    """Wraps applications and remembers, by the name that an attempt gives itself in a header."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, Observation] = OrderedDict()

    def observe(self, attempt: str) -> Observation:
        return self._seen.get(attempt, Observation())

    def wrap(self, app: App) -> App:
        """The same application, watched."""

        async def watched(scope: Scope, receive: Receiver, send: Sender) -> None:
            seen = self._observation(scope)
            seen.runs += 1
            seen.leaves.extend(leaves(scope))

            async def watched_receive() -> Event:
                event = await receive()
                if event["type"] == "websocket.receive":
                    text = event.get("text")
                    seen.frames.append(text if text is not None else event["bytes"].decode("latin-1"))
                return event

            await app(scope, watched_receive, send)

        return watched

    async def endpoint(self, scope: Scope, receive: Receiver, send: Sender) -> None:
        """`GET /probe/<attempt>`: an observation as JSON, for attempts over a real socket."""
        body = json.dumps(asdict(self.observe(scope["path"].removeprefix(ENDPOINT)))).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _observation(self, scope: Scope) -> Observation:
        names = [value.decode("latin-1") for name, value in scope.get("headers") or () if name == ATTEMPT_HEADER]
        if len(self._seen) >= _KEPT:
            self._seen.popitem(last=False)
        return self._seen.setdefault(names[0] if names else "", Observation())


async def witness(scope: Scope, receive: Receiver, send: Sender) -> None:
    """The smallest application that a contender can stand in front of: says who is there, then echoes.

    Speaks the shared consumer's frames: `ready` first, `{"command":"echo","data":…}` answered in kind.
    """
    await receive()
    await send({"type": "websocket.accept"})
    user, auth = scope.get("user"), scope.get("auth")
    ready = {
        "type": "ready",
        "user": getattr(user, "username", ""),
        "strategy": getattr(auth, "strategy", None),
        "backend": getattr(auth, "backend", None),
    }
    await send({"type": "websocket.send", "text": json.dumps(ready)})
    while (event := await receive())["type"] == "websocket.receive":
        message = json.loads(event["text"])
        await send({"type": "websocket.send", "text": json.dumps({"type": "echo", "data": message.get("data")})})


def leaves(value: object) -> list[str]:
    """Every text, name and number-free byte string reachable from a value, objects' attributes included."""
    return [text for text in _walk(value, _DEPTH, set()) if text]


def _walk(value: object, depth: int, seen: set[int]) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes | bytearray | memoryview):
        yield bytes(value).decode("latin-1")
    elif depth and id(value) not in seen:
        seen.add(id(value))
        for child in _children(value):
            yield from _walk(child, depth - 1, seen)


def _children(value: object) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    if isinstance(value, int | float | type) or value is None or callable(value):
        return ()
    # `str` of a value object shows what it would write to a log, or sign again.
    own = list(vars(value).values()) if hasattr(value, "__dict__") else []
    slots = [getattr(value, name.name) for name in _fields(value)]
    return [*own, *slots, str(value), repr(value)]


def _fields(value: object) -> Iterable[Any]:
    import dataclasses

    return dataclasses.fields(value) if is_dataclass(value) and not isinstance(value, type) else ()
