from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import pytest

from bench.fields import BadFigures
from bench.typed import made


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    low: float


@dataclass(frozen=True)
class Outer:
    key: str
    count: int
    p50: float | None
    deflate: bool
    sizes: tuple[int, ...]
    inner: Inner | None
    colour: Colour | None
    failures: Mapping[str, int]
    several: list[Inner]
    facts: dict[str, Any]


ONE = Outer("a/b", 3, None, True, (1, 2), Inner(-1.5), Colour.RED, {"hung up": 2}, [Inner(1.0)], {"x": [1]})
TOLD = json.loads(json.dumps(asdict(ONE)))


def test_it_is_the_inverse_of_asdict() -> None:
    assert made(Outer, TOLD, "") == ONE
    assert made(Outer, {**TOLD, "p50": 2.5, "inner": None, "colour": None, "more": 1}, "").p50 == 2.5


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": 3}, "row.key must be a name, not a number"),
        ({"count": "x"}, "row.count must be a number of at least 0, not a text"),
        ({"p50": -1}, "row.p50 must be a number of at least 0, not -1"),
        ({"p50": float("nan")}, "row.p50 must be a number of at least 0, not nan"),
        ({"deflate": 1}, "row.deflate must be true or false"),
        ({"sizes": 7}, "row.sizes must be a list, not a number"),
        ({"sizes": [1, "x"]}, "row.sizes[1] must be a number of at least 0, not a text"),
        ({"inner": {"low": "x"}}, "row.inner.low must be a number, not a text"),
        ({"inner": {}}, "row.inner.low is missing"),
        ({"colour": "blue"}, "row.colour must be one of red, not 'blue'"),
        ({"colour": []}, "row.colour must be one of red, not []"),
        ({"failures": {"hung up": None}}, "row.failures.hung up must be a number of at least 0, not null"),
        ({"several": [{"low": 1}, 2]}, "row.several[1] must be an object, not a number"),
    ],
)
def test_a_bad_value_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadFigures) as told:
        made(Outer, {**TOLD, **changes}, "row")
    assert str(told.value) == said


def test_what_is_missing_is_named_and_so_is_what_is_no_object() -> None:
    with pytest.raises(BadFigures, match=r"^count is missing$"):
        made(Outer, {"key": "a"}, "")
    with pytest.raises(BadFigures, match="the file must be an object, not a list"):
        made(Outer, [], "")
