"""What the filter takes out and what it leaves; and the whole log of running servers, with it and without."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar
from urllib.request import Request, urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.authtoken.models import Token
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from core import launch
from core.services.daphne import Daphne
from core.services.ports import speaks_http
from core.services.service import Service, address
from strategies.conformance.contender import make_user
from strategies.logs import REDACTED, SERVER_LOGGERS, RedactQueries, install, redacted
from tests.settings import TEST_DATABASE

SECRET = "marked-0a1b2c3d"


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    found = logging.getLogger("tests.redaction")
    found.setLevel(logging.INFO)
    found.propagate = False
    yield found
    found.handlers.clear()
    found.filters.clear()


@pytest.fixture
def written(logger: logging.Logger) -> io.StringIO:
    """What a logger with the filter writes."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    logger.addFilter(RedactQueries())
    return stream


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"/ws/?token={SECRET}", f"/ws/{REDACTED}"),
        (f'127.0.0.1:1 - "WebSocket /ws/?token={SECRET}" 403', f'127.0.0.1:1 - "WebSocket /ws/{REDACTED}" 403'),
        (f'"GET /ws/?token={SECRET} HTTP/1.1" 200', f'"GET /ws/{REDACTED} HTTP/1.1" 200'),
        (f"Referer: https://app.example/chat?token={SECRET}#a", f"Referer: https://app.example/chat{REDACTED}"),
        (f"wss://app.example?token={SECRET}", f"wss://app.example{REDACTED}"),
        (f"WSS://app.example:8443/?a=b&token={SECRET}", f"WSS://app.example:8443/{REDACTED}"),
        (f"{{'path': '/ws/?token={SECRET}'}}", f"{{'path': '/ws/{REDACTED}'}}"),
        (f"/ws/?token=\"{SECRET}'>x", f"/ws/{REDACTED}"),
        (f"two: /a?{SECRET} and /b?{SECRET}.", f"two: /a{REDACTED} and /b{REDACTED}"),
        (f"/a?b=/c?d={SECRET}", f"/a{REDACTED}"),
        (f"url=https://app.example/?{SECRET}, next", f"url=https://app.example/{REDACTED}, next"),
    ],
)
def test_queries_are_taken_out(text: str, expected: str) -> None:
    assert redacted(text) == expected


@pytest.mark.parametrize(
    "text", ["", "Is this it?", "why/not? yes", "/ws/chat/", "/ws/?", "https://app.example/#a", "50 % of /tmp", "a?b=c"]
)
def test_nothing_else_is_touched(text: str) -> None:
    assert redacted(text) == text


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=0, max_size=30))
def test_no_mark_inside_of_a_query_ends_it(noise: str) -> None:
    for shape in ("/ws/?{}", 'x - "WebSocket /ws/?{}" [accepted]', "GET https://app.example/?{} HTTP/1.1"):
        assert SECRET not in redacted(shape.format(f"{noise}token={noise}{SECRET}"))


class Told:
    """Something that a log line is made of."""

    def __str__(self) -> str:
        return f"/ws/?token={SECRET}"


@pytest.mark.parametrize(
    ("message", "arguments", "expected"),
    [
        ('%s "WebSocket %s" %d', ("::1", f"/ws/?token={SECRET}", 403), f'::1 "WebSocket /ws/{REDACTED}" 403'),
        (f"GET /ws/?token={SECRET}", (), f"GET /ws/{REDACTED}"),
        ("GET %(target)s %(status)d", ({"target": f"/ws/?{SECRET}", "status": 200},), f"GET /ws/{REDACTED} 200"),
        ("GET %s", (Told(),), f"GET /ws/{REDACTED}"),
        (Told(), (), f"/ws/{REDACTED}"),
        ("GET %s", (f"/ws/?token={SECRET}".encode(),), f"GET b'/ws/{REDACTED}'"),
        ("%s of %d, %s", ("one", 2, None), "one of 2, None"),
    ],
)
def test_messages_and_arguments(
    message: Any, arguments: tuple[Any, ...], expected: str, logger: logging.Logger, written: io.StringIO
) -> None:
    logger.info(message, *arguments)
    assert written.getvalue() == f"{expected}\n"


def test_arguments_without_a_query_stay_themselves() -> None:
    arguments = ("127.0.0.1:1", object(), 200, None)
    record = logging.LogRecord("x", 20, "f", 1, "%s %s %d %s", arguments, None)
    assert RedactQueries().filter(record)
    assert isinstance(record.args, tuple)
    assert all(kept is given for kept, given in zip(record.args, arguments, strict=True))


def test_tracebacks_and_stacks(logger: logging.Logger, written: io.StringIO) -> None:
    try:
        raise ValueError(f"bad URL /ws/?token={SECRET}")
    except ValueError:
        logger.exception("failed", stack_info=True)
    assert SECRET not in written.getvalue()
    assert f"ValueError: bad URL /ws/{REDACTED}" in written.getvalue()
    assert "Stack (most recent call last)" in written.getvalue()


def test_it_is_installed_once() -> None:
    names = ("tests.installed.a", "tests.installed.b")
    install(*names)
    install(*names)
    assert [len(logging.getLogger(name).filters) for name in names] == [1, 1]


def test_without_names_it_is_installed_on_the_servers_loggers() -> None:
    before = {name: logging.getLogger(name).filters[:] for name in SERVER_LOGGERS}
    try:
        install()
        for name in SERVER_LOGGERS:
            assert any(isinstance(one, RedactQueries) for one in logging.getLogger(name).filters)
    finally:
        for name, filters in before.items():
            logging.getLogger(name).filters[:] = filters


# ── running servers ──────────────────────────────────────────────────────────────────────────────


class Uvicorn(Service):
    """At its default level, with its access log."""

    name: ClassVar[str] = "uvicorn"

    def __init__(self, folder: Path, application: str, environment: dict[str, str]) -> None:
        super().__init__(folder, environment)
        self._application = application

    @property
    def url(self) -> str:
        return f"http://{address(self.port)}"

    def _command(self) -> Sequence[str]:
        return [sys.executable, "-m", "uvicorn", "--port", str(self.port), "--lifespan", "off", self._application]

    def _answers(self) -> bool:
        return speaks_http(self.port)


def daphne(folder: Path, application: str, environment: dict[str, str]) -> Daphne:
    return Daphne(folder, application, environment, proxied=False)


LAB, BARE = "core.asgi:application", "bench.application:application"
"""With the filter, and without."""


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize(
    ("server", "application", "leaks"), [(Uvicorn, LAB, False), (Uvicorn, BARE, True), (daphne, LAB, False)]
)
async def test_the_complete_log_of_a_server(
    server: Any, application: str, leaks: bool, database: str, service_folder: Path
) -> None:
    token = (await Token.objects.aget(user=await make_user())).key
    environment = {**os.environ, **launch.environment(1), TEST_DATABASE: database}
    environment["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    with server(service_folder, application, environment) as running:
        assert await status(running.url, token) == 101
        assert await status(running.url, f"marked{token}") in (401, 403)
        if server is Uvicorn:
            await asyncio.to_thread(plain_request, running.url, token)
    log = running.log.read_text()
    assert log.count("/ws/querystring/authtoken/") >= 2
    assert (token in log) is leaks


async def status(url: str, token: str) -> int:
    target = f"{url.replace('http', 'ws')}/ws/querystring/authtoken/?token={token}"
    try:
        async with connect(target, additional_headers={"Referer": f"{url}/?token={token}"}):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


@pytest.mark.usefixtures("committed")
def test_daphne_writes_the_queries_of_plain_requests(database: str, service_folder: Path) -> None:
    """Not through `logging`, so that no filter helps: docs/deploy.md says what does."""
    with daphne(service_folder, LAB, {**os.environ, **launch.environment(1), TEST_DATABASE: database}) as running:
        plain_request(running.url, SECRET)
    assert f"/?token={SECRET}" in running.log.read_text()


def plain_request(url: str, token: str) -> None:
    """What a proxy makes of a handshake when it doesn't pass the upgrade on."""
    with urlopen(Request(f"{url}/?token={token}"), timeout=10) as answer:
        answer.read()
