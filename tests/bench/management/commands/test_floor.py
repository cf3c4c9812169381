from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.commands

ROOT = Path(__file__).resolve().parents[4]


def called(*arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "manage.py", "floor", *arguments]
    return subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("arguments", "module"),
    [
        (("header/simplejwt_stateless",), "jwt"),
        (("querystring/authtoken", "--together"), "strategies/backends/batching.py"),
        (("header/ticket",), "strategies/backends/ticket.py"),
    ],
)
def test_the_modules_of_a_handshake(arguments: tuple[str, ...], module: str) -> None:
    ended = called(*arguments)
    assert ended.returncode == 0, ended.stderr
    rows = [line.split()[0] for line in ended.stdout.splitlines()]
    assert {module, "strategies/gate.py", "strategies/wire.py"} <= set(rows)
    assert rows[-3:] == ["everything", "one", "control-none"]


@pytest.mark.parametrize(("arguments", "message"), [(("nobody/nothing",), "known: querystring/"), ((), "required")])
def test_usage(arguments: tuple[str, ...], message: str) -> None:
    ended = called(*arguments)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
