from __future__ import annotations

from typing import Any

import pytest

from bench.storm import counts, kinds, memory, queueing, reconnect, refusals
from bench.storm.load import closed_loop

OPTIONS: dict[str, Any] = {
    "open_loop": None,
    "memory": False,
    "reconnect": None,
    "refusals": False,
    "counts": False,
    "seconds": None,
    "slo": 100.0,
    "sizes": (500, 2_000),
    "jitter": 0.0,
    "idle": 1.0,
    "concurrency": 64,
}


def test_the_closed_loop_is_what_nobody_has_to_ask_for() -> None:
    assert kinds.chosen(OPTIONS) is closed_loop


@pytest.mark.parametrize(
    ("option", "value", "module", "function", "field"),
    [
        ("memory", True, memory, "measure", "memory"),
        ("reconnect", 10, reconnect, "measure", "reconnects"),
        ("counts", True, counts, "measure", "counts"),
        ("open_loop", (100.0,), queueing, "sweep", "opened"),
    ],
)
def test_each_option_fills_its_part_of_the_results(
    option: str, value: object, module: Any, function: str, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, function, lambda *_, **__: [option])
    results = kinds.chosen({**OPTIONS, option: value})(None)  # type: ignore[arg-type]
    assert getattr(results, field) == [option]
    assert results.slo == ()


def test_bad_credentials_fill_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "measure", lambda _: ([1], [2]))
    results = kinds.chosen({**OPTIONS, "refusals": True})(None)  # type: ignore[arg-type]
    assert (results.refusals, results.recovery) == ([1], [2])


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ({}, 128),
        ({"open_loop": (100.0,)}, 4_096),
        ({"memory": True}, 2_000),
        ({"memory": True, "sizes": (5, 9)}, 128),
        ({"reconnect": 10_000}, 10_000),
    ],
)
def test_how_many_files_it_takes(changes: dict[str, Any], most: int) -> None:
    assert kinds.most_connections({**OPTIONS, **changes}) == most
