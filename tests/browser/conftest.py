"""A real server, a real browser, and pages of other origins.

The browser is the system's Chromium (`WSAUTH_CHROMIUM` names another). Where it or playwright is missing the
tests are skipped and say so; with `WSAUTH_REQUIRE_BROWSER=1` they fail instead.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings

USERNAME, PASSWORD = "ada", "correct horse battery"

# Root may not use Chromium's sandbox; the rest keeps the browser from talking to anybody else.
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Lab(NamedTuple):
    """A running lab, with one user in it."""

    url: str
    environment: dict[str, str]
    username: str = USERNAME
    password: str = PASSWORD

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    async def manage(self, *arguments: str) -> str:
        """What a command in a process of its own says, over the lab's database."""
        command = _manage(*arguments)
        process = await asyncio.create_subprocess_exec(
            *command, env=self.environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()


class Origin:
    """A web server on a port of its own, whose pages the tests write."""

    def __init__(self) -> None:
        self.html = ""
        origin = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = origin.html.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))

    def __enter__(self) -> "Origin":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(scope="session")
def friend() -> Iterator[Origin]:
    """An origin that the lab allows."""
    with Origin() as origin:
        yield origin


@pytest.fixture(scope="session")
def stranger() -> Iterator[Origin]:
    """An origin that the lab does not know."""
    with Origin() as origin:
        yield origin


@pytest.fixture(scope="session")
def start_lab(friend: Origin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Lab]]:
    """Starts labs under an environment of their own."""
    with ExitStack() as stack:

        def start(beside: Lab | None = None, **environment: str) -> Lab:
            """`beside`: another process over the same database."""
            folder = tmp_path_factory.mktemp("lab")
            database = {"DATABASE_URL": beside.environment["DATABASE_URL"]} if beside else {}
            server = _Server(folder, empty=beside is None, WSAUTH_ORIGINS=friend.url, **database, **environment)
            return stack.enter_context(server)

        yield start


@pytest.fixture(scope="session")
def lab(start_lab: Callable[..., Lab]) -> Lab:
    return start_lab()


class _Server:
    def __init__(self, folder: Path, *, empty: bool, **environment: str) -> None:
        """`empty`: nobody is in its database yet."""
        self.empty = empty
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WSAUTH_")}
        database = f"sqlite:///{folder / 'lab.sqlite3'}"
        account = {"DJANGO_SUPERUSER_PASSWORD": PASSWORD, "DJANGO_SUPERUSER_USERNAME": USERNAME}
        lab = "core.settings"  # the lab as anybody starts it, not under the quicker rules of the tests
        # The tests log the same user in more often than any rate that makes sense would let them.
        rates = {"WSAUTH_LOGIN_RATE": "10000/min"}
        fixed = {"DJANGO_SETTINGS_MODULE": lab, "DATABASE_URL": database, **account, **rates}
        self.environment = {**kept, **fixed, **environment}
        self.output = (folder / "output").open("w+")

    def __enter__(self) -> Lab:
        self.process = subprocess.Popen(
            _manage("serve", "--port", "0"),
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=self.output,
            text=True,
        )
        assert self.process.stdout
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, line + Path(self.output.name).read_text()
        # Its access log would fill the pipe.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        if self.empty:
            account = _manage("createsuperuser", "--noinput", "--email", "ada@example.org")
            subprocess.run(account, env=self.environment, check=True, capture_output=True)
        return Lab(found.group(), self.environment)

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.output.seek(0)
        errors = self.output.read()
        self.output.close()
        assert "Traceback" not in errors, errors


def _manage(*arguments: str) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]


@pytest.fixture
async def browser() -> AsyncIterator[Any]:
    path = _chromium()
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        await chromium.close()


def _chromium() -> str:
    """The browser's path. Skips, or fails where a browser is demanded."""
    missing = pytest.fail if os.environ.get("WSAUTH_REQUIRE_BROWSER") == "1" else pytest.skip
    path = shutil.which(os.environ.get("WSAUTH_CHROMIUM", "chromium"))
    if path is None:
        missing("no Chromium: install the system's package, or name one in WSAUTH_CHROMIUM")
    try:
        import playwright  # noqa: F401
    except ImportError:
        missing("playwright is not installed: see requirements-browser.txt")
    return str(path)
