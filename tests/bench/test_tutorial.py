from __future__ import annotations

import pytest

from bench.inprocess import handshake
from bench.queries import count_queries
from bench.tutorial import TutorialMiddleware, user_of
from strategies import registry
from strategies.conformance.contender import make_user
from strategies.conformance.probe import witness

PAIR = registry.pair("querystring", "authtoken")


async def user_behind(token: str) -> str:
    ready = await handshake(TutorialMiddleware(witness), "/", PAIR.strategy.client(token), None)
    return str(ready["user"])


@pytest.mark.django_db(transaction=True)
async def test_it_knows_who_has_a_token_and_lets_everybody_in() -> None:
    user = await make_user()
    assert await user_behind(await PAIR.backend.issue(user)) == user.get_username()
    assert await user_behind("nobody's") == ""


@pytest.mark.django_db(transaction=True)
async def test_it_asks_twice_for_one_user_and_once_for_nobody() -> None:
    key = await PAIR.backend.issue(await make_user())
    assert [await count_queries(lambda one=one: user_of(one)) for one in (key, "nobody's")] == [2, 1]
