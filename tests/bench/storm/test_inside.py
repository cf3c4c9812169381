from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest

from bench.serving import Served, serving
from bench.storm.inside import asked, telling

SETTINGS = {"DJANGO_SETTINGS_MODULE": "core.settings", "DATABASE_URL": "sqlite://:memory:"}


class Cycle:
    def __init__(self) -> None:
        self.me = self


async def test_what_only_waits_for_the_collector_is_gone_when_it_answers() -> None:
    events: list[Any] = []

    async def send(event: Any) -> None:
        events.append(event)

    gc.disable()
    try:
        gone = weakref.ref(Cycle())
        assert gone() is not None
        app: Any = telling(lambda: {"a": 1})
        await app({}, None, send)
        assert gone() is None
    finally:
        gc.enable()
    assert events[1]["body"] == b'{"a": 1}'


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_a_storm_s_server_can_be_asked(server: str) -> None:
    with serving(server, SETTINGS, "bench.storm.application") as served:
        assert asked(served) == {}


def test_nobody_answers() -> None:
    with pytest.raises(OSError, match="refused"):
        asked(Served("daphne", "127.0.0.1", 1, Path(), 0))
