from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from bench.serving import DENIES_WITH_STATUS, EnvironmentFailed, serving
from bench.worker import SERVERS

SETTINGS = {"DJANGO_SETTINGS_MODULE": "core.settings", "DATABASE_URL": "sqlite://:memory:"}

PARENT = """
import sys
from bench.serving import serving
with serving("daphne", {}) as served:
    print(served.port, flush=True)
    sys.stdin.read()
"""


def is_served(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_it_serves_until_the_end_and_leaves_nothing() -> None:
    with serving("daphne", SETTINGS) as served:
        with urllib.request.urlopen(f"http://{served.host}:{served.port}/probe/x", timeout=10) as answer:
            assert answer.status == 200
        log = served.log
        assert log.exists()
    assert not is_served(served.port)
    assert not log.parent.exists()


def test_it_ends_when_something_fails_inside() -> None:
    with pytest.raises(KeyError), serving("daphne", SETTINGS) as served:
        raise KeyError
    assert not is_served(served.port)


def test_a_server_that_cannot_start_says_why() -> None:
    with (
        pytest.raises(EnvironmentFailed, match="WSAUTH_DEADLINE"),
        serving("daphne", {**SETTINGS, "WSAUTH_DEADLINE": "soon"}),
    ):
        pass


def test_one_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.serving.STARTUP_SECONDS", 0.01)
    with pytest.raises(EnvironmentFailed, match=r"within 0\.01 s"), serving("daphne", SETTINGS):
        pass


def test_an_unknown_server_is_named_with_the_choices() -> None:
    with pytest.raises(ValueError, match=r"daphne, uvicorn, not 'apache'"), serving("apache", SETTINGS):
        pass


def test_it_is_known_how_each_server_refuses() -> None:
    assert DENIES_WITH_STATUS.keys() == set(SERVERS)


@pytest.mark.skipif(not Path("/proc").exists(), reason="reads /proc to see the server's process end")
def test_the_server_dies_with_its_parent_even_when_that_is_killed(tmp_path: Path) -> None:
    parent: subprocess.Popen[Any] = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        cwd=settings.BASE_DIR,
        env={**os.environ, **SETTINGS, "TMPDIR": str(tmp_path)},  # nobody is left to tidy it up
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    port = int(parent.stdout.readline())
    (worker,) = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    handle = os.pidfd_open(int(worker))
    assert is_served(port)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    ended, _, _ = select.select([handle], [], [], 10)  # readable when the process has ended
    os.close(handle)
    assert ended
    assert not is_served(port)
