from __future__ import annotations

import pytest

from bench.columns import aligned


def test_names_to_the_left_and_figures_to_the_right() -> None:
    assert list(aligned([("name", "µs"), ("a", "1"), ("tutorial", "1,000")])) == [
        "name         µs",
        "a             1",
        "tutorial  1,000",
    ]


def test_a_row_too_short_is_no_row() -> None:
    with pytest.raises(ValueError, match="shorter"):
        list(aligned([("a", "b"), ("a",)]))
