"""The backends ask on a thread of their own, which sees what is committed only."""

import pytest


@pytest.fixture(autouse=True)
def _rows_are_committed(committed: None) -> None:
    """What a test of this folder writes is gone at the end of its module."""
