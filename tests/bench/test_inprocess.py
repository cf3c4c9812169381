from __future__ import annotations

import asyncio

import pytest

from bench.inprocess import handshake, request_bytes, round_trips
from strategies import registry
from strategies.conformance.contender import make_user
from strategies.conformance.probe import witness

ORIGIN = min(registry.pairs()[0].policy.origins or ())


@pytest.mark.django_db(transaction=True)
async def test_a_whole_handshake_of_each_pair(each_pair: registry.Pair) -> None:
    user = await make_user()
    token = await each_pair.backend.issue(user)
    async with asyncio.timeout(5):
        ready = await handshake(each_pair.guard(witness), "/ws/", each_pair.strategy.client(token), ORIGIN)
    assert (ready["user"], ready["strategy"]) == (user.get_username(), each_pair.strategy_name)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("refuse", ["handshake", "close"])
async def test_a_refusal_ends_it_without_a_ready_frame(each_strategy: registry.Pair, refuse: str) -> None:
    gate = each_strategy.under(refuse=refuse).guard(witness)
    async with asyncio.timeout(5):
        assert await handshake(gate, "/ws/", each_strategy.strategy.client("not:good"), ORIGIN) == {}


@pytest.mark.parametrize(("name", "trips"), [("querystring", 1), ("cookie", 1), ("first_message", 2), ("challenge", 2)])
def test_round_trips(name: str, trips: int) -> None:
    strategy = next(pair.strategy for pair in registry.pairs() if pair.strategy_name == name)
    assert round_trips(strategy.client("x:y")) == trips


def test_a_longer_credential_is_a_longer_request_where_it_travels_in_one() -> None:
    by_name = {pair.strategy_name: pair.strategy for pair in registry.pairs()}

    def size(name: str, token: str) -> int:
        return request_bytes("/ws/", by_name[name].client(token), ORIGIN)

    assert size("header", "x" * 50) == size("header", "x") + 49
    assert size("first_message", "x" * 50) == size("first_message", "x")
