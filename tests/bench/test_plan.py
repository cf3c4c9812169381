from __future__ import annotations

import json

import pytest

from bench.plan import SIZES, Plan, UnknownPair, select
from strategies import registry


def keys(wanted: str | None) -> list[str]:
    return [pair.key for pair in select(registry.pairs(), wanted)]


def test_nothing_wanted_is_everything() -> None:
    assert keys(None) == [pair.key for pair in registry.pairs()]


def test_keys_and_patterns_in_the_pairs_own_order_each_once() -> None:
    assert keys("header/authtoken, cookie/*,cookie/session, querystring/authtoken") == [
        key for key in keys(None) if key.startswith("cookie/") or key in ("header/authtoken", "querystring/authtoken")
    ]


@pytest.mark.parametrize("wanted", ["nothing", "", ",", "cookie/*,querystring/session", "header"])
def test_what_names_nothing_is_named_with_the_choices(wanted: str) -> None:
    with pytest.raises(UnknownPair) as caught:
        keys(wanted)
    assert repr(wanted.rpartition(",")[2]) in str(caught.value)
    assert "querystring/authtoken" in str(caught.value)


def test_sizes_grow() -> None:
    quick, default, full = (SIZES[name] for name in ("quick", "default", "full"))
    assert quick.rounds < default.rounds < full.rounds
    assert full.rounds >= 1_000  # enough for p99


def test_parameters_are_plain_data() -> None:
    plan = Plan(SIZES["quick"], registry.pairs(), "daphne", 7)
    found = plan.parameters()
    assert json.loads(json.dumps(found)) == found
    assert (found["size"], found["seed"], found["rounds"]) == ("quick", 7, SIZES["quick"].rounds)
    assert found["users"] >= 200
