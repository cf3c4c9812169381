"""Users with sockets on servers of the lab, and what becomes of those: for tests that harm what the lab stands on."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from strategies import registry
from strategies.conformance.contender import make_user

PATIENCE = 30.0
"""Seconds after which nothing is waited for any more; what a test promises is shorter."""


@dataclass(frozen=True)
class Guest:
    """A user, and a credential for one pair."""

    name: str
    path: str
    token: str = field(repr=False)


async def guest(pair: str = "querystring/authtoken", user: Any = None) -> Guest:
    found = registry.pair(*pair.split("/"))
    user = user or await make_user()
    return Guest(user.get_username(), found.path, await found.backend.issue(user))


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt: the user who was let in, or the close code (an HTTP status) and the frames before it."""

    user: str | None
    code: int | None
    frames: tuple[str, ...]
    seconds: float


class Socket:
    """One that was let in, as the right user."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def echoes(self) -> float:
        """Proves that it lives; the seconds that the answer took."""
        began = time.monotonic()
        await self._connection.send(json.dumps({"command": "echo", "data": began}))
        async with asyncio.timeout(PATIENCE):
            while (frame := json.loads(await self._connection.recv())) != {"type": "echo", "data": began}:
                assert frame["type"].startswith("auth."), frame
        return time.monotonic() - began

    async def ended(self) -> Outcome:
        """Waits for the end that the server gives it."""
        return await _end_of(self._connection, time.monotonic())


def _address(port: int, one: Guest) -> str:
    return f"ws://127.0.0.1:{port}/{one.path}?token={one.token}"


def _connect(port: int, one: Guest) -> connect:
    return connect(_address(port, one), compression=None, proxy=None, ping_interval=None, open_timeout=PATIENCE)


@asynccontextmanager
async def visiting(port: int, one: Guest) -> AsyncIterator[Socket]:
    async with _connect(port, one) as connection:
        assert json.loads(await connection.recv())["user"] == one.name
        yield Socket(connection)


async def attempt(port: int, one: Guest) -> Outcome:
    """Connects, and leaves again where it is let in."""
    began = time.monotonic()
    try:
        async with _connect(port, one) as connection:
            return await _end_of(connection, began, or_ready=True)
    except InvalidStatus as refused:
        return Outcome(None, refused.response.status_code, (), time.monotonic() - began)
    except (InvalidMessage, EOFError, OSError):
        return Outcome(None, None, (), time.monotonic() - began)


async def _end_of(connection: ClientConnection, began: float, *, or_ready: bool = False) -> Outcome:
    frames: list[str] = []
    user = code = None
    try:
        async with asyncio.timeout(PATIENCE):
            while user is None:
                frame = json.loads(await connection.recv())
                frames.append(frame["type"])
                if or_ready and frame["type"] == "ready":
                    user = frame["user"]
    except ConnectionClosed as closed:
        code = closed.rcvd.code if closed.rcvd else 1006
    return Outcome(user, code, tuple(frames), time.monotonic() - began)


async def log_out(port: int, one: Guest, scheme: str = "Token") -> tuple[int, float]:
    """By HTTP: the status, and the seconds that it took."""
    began = time.monotonic()
    headers = {"Authorization": f"{scheme} {one.token}"}
    request = Request(f"http://127.0.0.1:{port}/api/logout/", b"{}", {**headers, "Content-Type": "application/json"})

    def ask() -> int:
        try:
            with urlopen(request, timeout=PATIENCE) as answer:
                return int(answer.status)
        except HTTPError as refused:
            return refused.code

    status = await asyncio.to_thread(ask)
    return status, time.monotonic() - began
