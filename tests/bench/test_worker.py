from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any

import pytest
from django.conf import settings

from bench.worker import HOST, SERVERS


def start(*arguments: str) -> subprocess.Popen[Any]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.worker", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "core.settings", "DATABASE_URL": "sqlite://:memory:"},
    )


@pytest.mark.parametrize("server", SERVERS)
def test_it_says_where_it_serves_and_ends_with_its_parent(server: str) -> None:
    with start(server) as worker:
        try:
            assert worker.stdout
            port = json.loads(worker.stdout.readline())["port"]
            with urllib.request.urlopen(f"http://{HOST}:{port}/probe/x", timeout=10) as answer:
                assert json.load(answer)["runs"] == 0
            assert worker.stdin
            worker.stdin.close()  # as it happens when the parent dies, however it dies
            assert worker.wait(timeout=10) == 0
        finally:
            worker.kill()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://{HOST}:{port}/probe/x", timeout=10)


def test_a_server_that_nobody_knows() -> None:
    worker = start("apache")
    _, said = worker.communicate(timeout=30)
    assert worker.returncode == 2
    assert b"daphne" in said
