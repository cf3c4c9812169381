"""What a whole handshake costs inside the process, one at a time and 64 at once, beside none at all.

A round is 64 handshakes at once, or 16 one after the other, each of another user. `control-none (again)` is
the control a second time: the noise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bench.breakdown import HANDSHAKE
from bench.conftest import PEOPLE, Renew, Tokens
from bench.inprocess import application, handshakes, request_bytes, round_trips
from bench.lineup import AGAIN, CONTROL, Entry, lineup
from bench.queries import count_queries
from strategies import registry

ONE_BY_ONE = 16
ORIGIN = min(registry.pairs()[0].policy.origins or ())
ENTRIES = {entry.key: entry for entry in lineup(registry.pairs(), ORIGIN)}
MEASURED = [ENTRIES[AGAIN], *(entry for key, entry in ENTRIES.items() if key not in (CONTROL, AGAIN))]


@pytest.mark.parametrize("at_once", [1, PEOPLE])
@pytest.mark.parametrize("entry", MEASURED, ids=lambda entry: entry.key)
def test_a_handshake_in_the_process(
    entry: Entry,
    at_once: int,
    measure: Callable[..., Any],
    tokens: Tokens,
    renew: Renew,
    users: Any,
    runner: asyncio.Runner,
) -> None:
    people = users[: at_once if at_once > 1 else ONE_BY_ONE]
    presented = tokens(entry.backend)[: len(people)]

    def batch(entry: Entry) -> Callable[[], list[dict[str, Any]]]:
        app = application(entry)
        return lambda: runner.run(handshakes(entry, app, presented, ORIGIN, together=at_once > 1))

    found = measure(
        f"{HANDSHAKE}, {at_once} at once",
        batch(entry),
        batch(ENTRIES[CONTROL]),
        prepare=renew(entry.backend, presented),
        layer=HANDSHAKE,
        contender=entry.key,
        control=CONTROL,
        at_once=at_once,
        items=len(people),
        queries=asked(entry, presented, at_once, runner) / len(people),
        request_bytes=request_bytes(entry.path, entry.client(presented[0]), ORIGIN),
        round_trips=round_trips(entry.client(presented[0])),
    )
    names = [user.get_username() if entry.backend else "" for user in people]
    assert [ready["user"] for ready in found] == names
    assert {ready["backend"] for ready in found} == {entry.pair.backend_name if entry.pair else None}


def asked(entry: Entry, presented: Any, at_once: int, runner: asyncio.Runner) -> int:
    """Queries of a whole round."""
    app = application(entry)
    return runner.run(count_queries(lambda: handshakes(entry, app, presented, ORIGIN, together=at_once > 1)))
