from __future__ import annotations

import time
from typing import Any

from bench.storm.application import delayed, served
from bench.storm.lineup import DELAY
from strategies import registry
from strategies.gate import Gate


async def test_the_delay_is_what_it_says() -> None:
    seen = []

    async def inner(scope: object, receive: object, send: object) -> None:
        seen.append(time.perf_counter())

    started = time.perf_counter()
    late: Any = delayed(inner)
    await late({}, None, None)
    assert DELAY <= seen[0] - started < 20 * DELAY


def test_pairs_are_measured_under_their_own_policy() -> None:
    """The cases' quick one asks again for every connection every second: ten thousand idle ones are a load then."""
    gates = [one.callback for one in served if isinstance(one.callback, Gate)]
    own = {pair.policy.recheck for pair in registry.pairs()}
    assert {gate.policy.recheck for gate in gates} == own
    assert {gate.policy.refuse for gate in gates} == {"handshake", "close"}
