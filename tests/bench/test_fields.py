from __future__ import annotations

from typing import Any

import pytest

from bench.fields import ANY, BadFigures, field, number, text


@pytest.mark.parametrize("value", [True, "1", None, float("nan"), float("-inf"), 10**400, []])
def test_what_is_no_finite_number_is_refused(value: Any) -> None:
    with pytest.raises(BadFigures, match=r"^row\.x must be a number, not "):
        number({"x": value}, "x", "row", least=ANY)


def test_a_number_has_its_least() -> None:
    assert number({"x": -3}, "x", "row", least=ANY) == -3
    with pytest.raises(BadFigures, match="above 0, not 0"):
        number({"x": 0}, "x", "row")


def test_a_place_is_named_as_it_is_found() -> None:
    with pytest.raises(BadFigures, match=r"^facts is missing"):
        field({}, "facts", "")
    with pytest.raises(BadFigures, match=r"^row\.key must be a name, not a text"):
        text({"key": "a\x1b"}, "key", "row")
