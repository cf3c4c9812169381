"""What a whole handshake costs inside the process, for each pair and the controls. `make bench` prints it.

A round is a batch of handshakes, one after the other: the loop's own start is spread over all of them.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bench.inprocess import handshake, request_bytes, round_trips
from bench.lineup import CONTROL, Entry, lineup
from bench.people import issued
from bench.queries import count_queries
from bench.tutorial import TutorialMiddleware
from strategies import registry
from strategies.conformance.contender import make_user
from strategies.conformance.probe import witness

BATCH = 50
ROUNDS = 10
"""Of what must be prepared anew for each; the others take as many as fit into their time."""
ORIGIN = min(registry.pairs()[0].policy.origins or ())
ENTRIES = [entry for entry in lineup(registry.pairs(), ORIGIN) if entry.key in (CONTROL, "tutorial") or entry.pair]


def application(entry: Entry) -> Any:
    if entry.pair:
        return entry.pair.guard(witness)
    return witness if entry.key == CONTROL else TutorialMiddleware(witness)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_a_handshake_in_the_process(entry: Entry, benchmark: Any) -> None:
    benchmark.group = f"handshake: {entry.pair.backend_name if entry.pair else 'control'}"
    app = application(entry)
    with asyncio.Runner() as runner:
        user = runner.run(make_user())

        def credentials(count: int = BATCH) -> list[str]:
            """As many as are needed: one for all, where it may be used again."""
            if entry.backend is None or not entry.backend.traits.one_time:
                return [token] * count
            return [sample.token for sample in runner.run(issued(entry.backend, [user], count))]

        async def once(credential: str) -> dict[str, Any]:
            return await handshake(app, entry.path, entry.client(credential), ORIGIN)

        async def batch(tokens: list[str]) -> list[dict[str, Any]]:
            return [await once(one) for one in tokens]

        token = runner.run(entry.backend.issue(user)) if entry.backend else ""
        if entry.backend and entry.backend.traits.one_time:
            found = benchmark.pedantic(
                lambda tokens: runner.run(batch(tokens)), setup=lambda: ((credentials(),), {}), rounds=ROUNDS
            )
        else:
            found = benchmark(lambda: runner.run(batch(credentials())))
        (spare,) = credentials(1)
        queries = runner.run(count_queries(lambda: once(spare)))

    username = user.get_username() if entry.backend else ""
    assert [ready["user"] for ready in found] == [username] * BATCH
    benchmark.extra_info.update(
        handshakes=BATCH,
        queries=queries,
        request_bytes=request_bytes(entry.path, entry.client(token), ORIGIN),
        round_trips=round_trips(entry.client(token)),
    )
