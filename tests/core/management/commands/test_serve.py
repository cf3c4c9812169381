"""`manage.py serve` as a person runs it."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

import core.management.commands.serve as command
from tests.interruptible import heed_signals


def environment(database: Path, **changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WSAUTH_")}
    return {**kept, "DATABASE_URL": f"sqlite:///{database}", **changes}


def run(*arguments: str, database: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, settings.BASE_DIR / "manage.py", "serve", *arguments],
        cwd=database.parent,
        env=environment(database),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def served(database: Path, **changes: str) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """The process, its URL and the lines it printed; started from elsewhere, as scripts do."""
    server = subprocess.Popen(
        [sys.executable, settings.BASE_DIR / "manage.py", "serve", "--port", "0"],
        cwd=database.parent,
        env=environment(database, **changes),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=heed_signals,
    )
    assert server.stdout
    try:
        lines = [server.stdout.readline(), server.stdout.readline()]
        url = re.search(r"http://127\.0\.0\.1:\d+/", lines[0])
        assert url, lines
        yield server, url.group(), lines
    finally:
        server.kill()
        server.communicate()


def fetch(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as response:
            return response.status, response.headers.get("Access-Control-Allow-Origin", "")
    except urllib.error.HTTPError as error:
        return error.code, ""


def test_it_migrates_serves_and_says_where_and_what_is_missing(tmp_path: Path) -> None:
    """Its own origins are allowed, and the named ones stay."""
    with served(tmp_path / "lab.sqlite3", WSAUTH_ORIGINS="https://app.example") as (_, url, lines):
        assert "createsuperuser" in lines[1]
        for path in ("", "static/core/main.js", "static/admin/css/base.css", "api/strategies/", "admin/login/"):
            assert fetch(url + path)[0] == 200, path
        assert fetch(url + "nowhere")[0] == 404
        own = url.rstrip("/")
        for origin in (own, own.replace("127.0.0.1", "localhost"), "https://app.example"):
            assert fetch(url + "api/strategies/", Origin=origin) == (200, origin)
        assert fetch(url + "api/strategies/", Origin="https://evil.example") == (200, "")


@pytest.mark.commands
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    with served(tmp_path / "lab.sqlite3") as (server, url, _):
        assert fetch(url)[0] == 200
        server.send_signal(number)
        output, _ = server.communicate(timeout=20)
        assert "Traceback" not in output
        with pytest.raises(urllib.error.URLError):
            fetch(url)


NO_PORT = "is no port; give a number from 0 to 65535"


@pytest.mark.parametrize("port", ["abc", "-1", "65536", "80.5", "", "٣"])
def test_what_is_no_port(port: str) -> None:
    with pytest.raises(ArgumentTypeError, match=f"{port!r} {NO_PORT}"):
        command.port_number(port)


@pytest.mark.commands
def test_a_bad_port_is_a_usage_error(tmp_path: Path) -> None:
    result = run("--port=abc", database=tmp_path / "lab.sqlite3")
    assert result.returncode == 2
    assert f"'abc' {NO_PORT}" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.commands
def test_a_port_in_use_is_said_before_anything_is_touched(tmp_path: Path) -> None:
    with socket.create_server((command.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        result = run("--port", str(port), database=tmp_path / "lab.sqlite3")
    assert result.returncode == 1
    assert f"Port {port} can't be used" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "lab.sqlite3").exists()


@pytest.mark.commands
def test_a_database_that_cannot_be_used_is_said_too(tmp_path: Path) -> None:
    database = tmp_path / "lab.sqlite3"
    database.mkdir()
    result = run("--port", "0", database=database)
    assert result.returncode == 1
    assert "The database can't be used" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.commands
def test_a_database_in_memory_is_refused_before_anything_is_served() -> None:
    result = subprocess.run(
        [sys.executable, settings.BASE_DIR / "manage.py", "serve", "--port", "0"],
        env={
            **environment(Path("unused")),
            "DATABASE_URL": "sqlite://:memory:",
            "DJANGO_SETTINGS_MODULE": "core.settings",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 1
    assert "DATABASE_URL" in result.stderr
    assert "Traceback" not in result.stderr
