from __future__ import annotations

import pytest

from bench.inprocess import handshake
from bench.tutorial import TutorialMiddleware
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
