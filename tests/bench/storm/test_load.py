"""A whole storm is tested by its command: see `tests/bench/management/commands/test_storm.py`."""

from __future__ import annotations

import pytest

from bench.storm.load import Plan
from tests.bench.storm.noted import KEY, MEASURED, noted


@pytest.mark.parametrize(("concurrency", "block"), [(1, 30), (15, 30), (64, 128)])
def test_a_block_fills_the_concurrency_twice(concurrency: int, block: int) -> None:
    assert Plan((), "https://app.example", "daphne", 1, concurrency=concurrency).block == block


def test_credentials_are_made_before_the_clock_is_read() -> None:
    with noted() as rig:
        rig.block(KEY)
    assert rig.order == MEASURED
