from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from core.collector import THRESHOLDS, relax


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_it_collects_less_often_and_not_what_is_there_for_good() -> None:
    relax()
    assert gc.get_threshold() == THRESHOLDS
    assert gc.get_freeze_count() > 10_000
    assert gc.isenabled()
