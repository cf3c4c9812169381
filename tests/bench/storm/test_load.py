"""A whole storm is tested by its command: see `tests/bench/management/commands/test_storm.py`."""

from __future__ import annotations

import pytest

from bench.storm.load import Plan


@pytest.mark.parametrize(("concurrency", "block"), [(1, 30), (15, 30), (64, 128)])
def test_a_block_fills_the_concurrency_twice(concurrency: int, block: int) -> None:
    assert Plan((), "https://app.example", "daphne", 1, concurrency=concurrency).block == block
