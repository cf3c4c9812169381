"""`manage.py cluster` as a person runs it, and what it says where it can't."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from core.services import programs
from core.services.ports import HOST, free_port
from core.services.postgresql import PostgreSQL
from core.services.redis import Redis
from core.services.service import private_folder
from tests.interruptible import heed_signals

OURS = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OURS and not name.startswith("WSAUTH_")}
    return {**kept, **changes}


def start(*arguments: str, **changes: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, settings.BASE_DIR / "manage.py", "cluster", *arguments],
        env=environment(**changes),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_signals,
    )


def run(*arguments: str, **changes: str) -> tuple[int, str]:
    process = start(*arguments, **changes)
    _, said = process.communicate(timeout=60)
    return process.returncode, said


def lines_of(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout
    return [process.stdout.readline().strip() for _ in range(count)]


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def fetch(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return int(answer.status)


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Not pytest's own, through which an unprivileged PostgreSQL can't pass."""
    with private_folder() as folder:
        yield folder


@pytest.mark.services
@pytest.mark.usefixtures("postgresql", "redis", "nginx")  # for their programs
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_all_of_its_own_and_nothing_of_it_stays(number: signal.Signals, code: int, temporary: Path) -> None:
    process = start("--port", "0", TMPDIR=str(temporary))
    first, second, *stores, logs = lines_of(process, 5)
    url = re.search(r"http://127\.0\.0\.1:\d+/", first)
    assert url, process.stderr and process.stderr.read()
    assert second.startswith("2 processes: http://127.0.0.1:")
    assert [line.split()[0] for line in stores] == ["postgresql", "redis"]
    assert str(temporary) in logs
    assert fetch(url.group() + "api/strategies/") == fetch(url.group() + "static/core/main.js") == 200
    relatives = family(process)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (code, "")
    assert psutil.wait_procs(relatives, timeout=5)[1] == []
    assert list(temporary.iterdir()) == []


@pytest.mark.services
def test_what_is_named_is_used_and_left_alone(
    lab_database: str, redis: Redis, postgresql: PostgreSQL, nginx: Any
) -> None:
    process = start("--port", "0", "--processes", "1", DATABASE_URL=lab_database, REDIS_URL=redis.url)
    _, second, third = lines_of(process, 3)
    assert second.startswith("1 processes: ")
    assert third.startswith("logs: ")  # and not a line about stores
    (daphne,) = [one for one in family(process) if "daphne" in one.cmdline()]
    daphne.kill()
    _, said = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "daphne ended with -9; it said:" in said
    assert postgresql.pid
    assert redis.pid


@pytest.mark.commands
def test_a_port_in_use_is_said_before_anything_is_started() -> None:
    with socket.create_server((HOST, 0)) as taken:
        code, said = run("--port", str(taken.getsockname()[1]))
    assert code == 3
    assert re.search(r"Port \d+ can't be used: somebody listens there", said)


@pytest.mark.commands
def test_a_file_of_sqlite_is_no_database_for_several_machines() -> None:
    code, said = run(DATABASE_URL="sqlite:////tmp/nowhere.sqlite3")
    assert code == 2
    assert "DATABASE_URL names a file of SQLite" in said
    assert "Traceback" not in said


@pytest.mark.commands
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--processes", "0"], "'0' is no number of processes; give one from 1 to 16"),
        (["--processes", "many"], "'many' is no number of processes"),
        (["--port", "http"], "'http' is no port"),
        (["--application", "core.asgi"], "'core.asgi' names no application; give module:name"),
        (["--application", "no.such:application"], "'no.such:application' names no application"),
        (["--application", "core.asgi:no name"], "'core.asgi:no name' names no application"),
    ],
)
def test_usage_errors_name_the_value_and_what_is_known(arguments: list[str], said: str) -> None:
    code, text = run(*arguments)
    assert code == 2
    assert said in text
    assert "Traceback" not in text


def test_a_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "SYSTEM_FOLDERS", ())
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("DATABASE_URL", "")
    with pytest.raises(CommandError, match=r"is not installed; it is in the Debian package") as raised:
        call_command("cluster", port=free_port())
    assert raised.value.returncode == 3


@pytest.mark.services
def test_a_service_that_cannot_start_is_said(nginx: Any) -> None:
    code, said = run(
        "--port",
        "0",
        DATABASE_URL=f"postgres://nobody@{HOST}:{free_port()}/lab",
        REDIS_URL=f"redis://{HOST}:{free_port()}",
    )
    assert code == 3
    assert "manage.py migrate ended with 1; it said:" in said
