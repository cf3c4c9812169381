"""What a frame costs behind a gate, beside the same consumer without one: an echo there and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from bench.breakdown import FRAMES
from bench.conftest import Tokens
from bench.frames import Conversation, talking
from bench.inprocess import application
from bench.lineup import AGAIN, CONTROL, Entry, lineup
from core.consumers import LabConsumer
from strategies import registry

FRAMES_A_ROUND = 100
ORIGIN = min(registry.pairs()[0].policy.origins or ())
ENTRIES = {entry.key: entry for entry in lineup(registry.pairs(), ORIGIN)}
MEASURED = [ENTRIES[AGAIN], *(entry for key, entry in ENTRIES.items() if key not in (CONTROL, AGAIN))]


@pytest.mark.parametrize("entry", MEASURED, ids=lambda entry: entry.key)
def test_an_echo_after_the_gate(
    entry: Entry, measure: Callable[..., Any], tokens: Tokens, runner: asyncio.Runner
) -> None:
    stack = AsyncExitStack()

    def connected(entry: Entry, token: str) -> Conversation:
        app = application(entry, LabConsumer.as_asgi())
        return runner.run(stack.enter_async_context(talking(app, entry.path, entry.client(token), ORIGIN)))

    try:
        subject, control = connected(entry, tokens(entry.backend)[0]), connected(ENTRIES[CONTROL], "")
        found = measure(
            FRAMES,
            lambda: runner.run(subject.echo(FRAMES_A_ROUND)),
            lambda: runner.run(control.echo(FRAMES_A_ROUND)),
            layer=FRAMES,
            contender=entry.key,
            control=CONTROL,
            items=FRAMES_A_ROUND,
            queries=0,
        )
    finally:
        runner.run(stack.aclose())
    assert found == list(range(FRAMES_A_ROUND))
