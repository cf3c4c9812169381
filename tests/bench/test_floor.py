from __future__ import annotations

import hashlib
import json
from time import perf_counter

import pytest

from bench.floor import Floor, floor, told


def busy(seconds: float) -> None:
    end = perf_counter() + seconds
    while perf_counter() < end:
        pass


def test_the_whole_is_the_sum_of_its_modules_and_belongs_to_one_item() -> None:
    found = floor(lambda: [busy(0.001) for _ in range(4)], 4)
    assert 0.001 <= found.seconds < 0.01
    assert sum(found.by_module.values()) == pytest.approx(found.seconds)
    assert max(found.by_module, key=found.by_module.__getitem__) == "tests/bench/test_floor.py"


def test_a_library_is_named_and_what_is_written_in_c_is_its_callers() -> None:
    text = json.dumps(list(range(2_000)))
    found = floor(lambda: (json.loads(text), hashlib.sha256(b"x" * 400_000).hexdigest()), 1)
    assert {"json/decoder.py", "tests/bench/test_floor.py"} <= set(found.by_module)
    assert not any("sha256" in name or "<" in name for name in found.by_module)
    assert not any(name.startswith("/") for name in found.by_module)


def test_what_a_call_uses_up_is_made_before_it() -> None:
    made: list[int] = []
    assert floor(made.pop, 1, lambda: made.append(7)).seconds < 0.01
    assert made == []


def test_small_shares_are_told_together() -> None:
    lines = told(Floor(1e-4, {"jwt": 6e-5, "gate": 3.5e-5, "a": 3e-6, "b": 2e-6}), least=0.05)
    assert [line.split()[0] for line in lines] == ["jwt", "gate", "everything", "one"]
    assert "60.0 µs   60.0%" in lines[0]
    assert "5.0 µs    5.0%" in lines[2]
    assert "100.0 µs" in lines[3]
