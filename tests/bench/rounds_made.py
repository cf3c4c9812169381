"""Rows made by hand, for tests of what is said of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from bench.rounds import CONTROL_SECONDS, Row, again

CONTROL = "control-none"


def entry(
    name: str, factor: float, *, group: str = "handshake", spread: float = 0.01, run: str = "", **facts: Any
) -> dict[str, Any]:
    """As pytest-benchmark keeps it: a benchmark that takes `factor` of its control, give or take `spread`."""
    draw = random.Random(name + run)
    control = [draw.uniform(0.9, 1.1) for _ in range(30)]  # the machine's own ups and downs
    data = [one * factor * draw.uniform(1 - spread, 1 + spread) for one in control]
    told = {"layer": "handshake", "contender": name, "control": CONTROL, "items": 10, "at_once": 64, "queries": 0.5}
    return {
        "fullname": f"bench/test_handshake.py::test[{name}]",
        "group": group,
        "stats": {"data": data},
        "extra_info": {**told, **facts, CONTROL_SECONDS: control},
    }


def noise(spread: float = 0.01, **changes: Any) -> dict[str, Any]:
    return entry(again(CONTROL), 1.0, spread=spread, **changes)


def rows(entries: Sequence[dict[str, Any]]) -> dict[str, Row]:
    return {row.name: row for row in map(Row.read, entries)}
