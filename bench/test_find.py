"""What finding the credential in an upgrade request costs, and taking it out of the scope.

Beside the tutorial's way of finding one: `parse_qs` over the query string.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest

from bench.breakdown import FIND, SCRUB
from bench.conftest import Tokens
from bench.inprocess import presented, request
from bench.rounds import again
from strategies import registry
from strategies.conformance.probe import leaves
from strategies.registry import Pair

CALLS = 200
CONTROL = "the tutorial's parse_qs"
ORIGIN = min(registry.pairs()[0].policy.origins or ())
KEY = "0123456789abcdef0123456789abcdef01234567"
QUERY = f"token={KEY}".encode()
pairs = pytest.mark.parametrize("pair", registry.pairs(), ids=lambda pair: pair.key)


def parsed() -> list[str]:
    return [parse_qs(QUERY.decode()).get("token", [""])[0] for _ in range(CALLS)]


def told(layer: str, contender: str) -> dict[str, Any]:
    return {"layer": layer, "contender": contender, "control": CONTROL, "items": CALLS, "queries": 0}


@pytest.mark.usefixtures("users")
@pairs
def test_find(pair: Pair, measure: Callable[..., Any], tokens: Tokens) -> None:
    token = tokens(pair.backend)[0]
    upgrade = request(pair, token, ORIGIN)

    def find() -> list[str]:
        return [presented(pair.strategy, upgrade, token) for _ in range(CALLS)]

    found = measure(FIND, find, parsed, **told(FIND, pair.key))
    if pair.strategy_name != "challenge":  # where an answer travels in the credential's place
        assert found == [token] * CALLS


@pytest.mark.usefixtures("users")
@pairs
def test_scrub(pair: Pair, measure: Callable[..., Any], tokens: Tokens, runner: asyncio.Runner) -> None:
    token = tokens(pair.backend)[0]
    upgrade = request(pair, token, ORIGIN)
    clean = measure(
        SCRUB, lambda: [pair.strategy.scrub(upgrade) for _ in range(CALLS)], parsed, **told(SCRUB, pair.key)
    )
    assert not any(token in text for text in leaves(clean[-1]))


@pytest.mark.parametrize("layer", [FIND, SCRUB])
def test_the_control_again(layer: str, measure: Callable[..., Any], transactional_db: None) -> None:
    assert measure(layer, parsed, parsed, **told(layer, again(CONTROL))) == [KEY] * CALLS
