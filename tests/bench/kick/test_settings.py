from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.kick.rig import LAYERS

ROOT = Path(__file__).resolve().parents[3]
SHOW = "from bench.kick.settings import CHANNEL_LAYERS; print(CHANNEL_LAYERS['default'])"


def layer(**environment: str) -> str:
    command = [sys.executable, "-c", SHOW]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    ).stdout


def test_without_a_name_it_is_the_lab_s() -> None:
    assert "PubSub" in layer(REDIS_URL="redis://127.0.0.1:1/0", KICK_LAYER="")


@pytest.mark.parametrize("name", ["pubsub", "queues"])
def test_another_layer_has_the_same_redis(name: str) -> None:
    told = layer(REDIS_URL="redis://127.0.0.1:1/0", KICK_LAYER=LAYERS[name])
    assert LAYERS[name] in told
    assert "redis://127.0.0.1:1/0" in told
