from __future__ import annotations

import time

from bench.storm.application import delayed
from bench.storm.lineup import DELAY


async def test_the_delay_is_what_it_says() -> None:
    seen = []

    async def inner(scope: object, receive: object, send: object) -> None:
        seen.append(time.perf_counter())

    started = time.perf_counter()
    await delayed(inner)({}, None, None)  # type: ignore[arg-type]
    assert DELAY <= seen[0] - started < 20 * DELAY
