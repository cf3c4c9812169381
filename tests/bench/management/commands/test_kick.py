"""The whole measurement, by its command: real servers, some connections."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.services.redis import Redis

pytestmark = pytest.mark.commands

ROOT = Path(__file__).resolve().parents[4]
SMALL = ("--connections", "40", "--rounds", "2")
GENEROUS = 5.0
"""Seconds, on a busy machine; the promise is measured by hand, see docs/lifecycle.md."""


def kick(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "kick", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_one_process(server: str) -> None:
    ended = kick("--processes", "1", "--server", server, "--json", *SMALL)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert (told["ended"], told["wrong"], told["parameters"]["layer"]) == (80, {}, "memory")
    assert {server, "django", "cpus", "listen_overflows"} <= set(told["facts"])
    assert told["facts"]["channel layer"] == "InMemoryChannelLayer"
    assert 0 < told["p50"] <= told["max"] < GENEROUS
    assert len(told["last"]) == 2


@pytest.mark.services
@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
@pytest.mark.parametrize("layer", ["pubsub", "queues"])
def test_a_log_out_at_a_third_process_ends_those_of_two(layer: str, server: str, redis: Redis) -> None:
    ended = kick("--layer", layer, "--server", server, "--json", "--connections", "200", "--rounds", "2")
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert (told["ended"], told["wrong"]) == (400, {})
    assert told["max"] < GENEROUS


@pytest.mark.parametrize(
    "arguments",
    [
        ["--connections", "0"],
        ["--connections", "10001"],
        ["--processes", "two"],
        ["--layer", "nats"],
        ["--layer", "memory", "--processes", "2"],
        ["--server", "granian"],
    ],
)
def test_usage(arguments: list[str]) -> None:
    ended = kick(*arguments)
    assert ended.returncode == 2
    assert arguments[1] in ended.stderr
    assert "Traceback" not in ended.stderr
