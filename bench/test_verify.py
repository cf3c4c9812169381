"""What a backend takes to verify one valid credential, one after the other, each of another user.

One that asks the database stands beside the tutorial's lookup, which is two queries; one that asks nobody
beside PyJWT's bare decoding.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import jwt
import pytest

from bench.breakdown import VERIFY
from bench.conftest import Renew, Tokens
from bench.inprocess import presented, request
from bench.queries import count_queries
from bench.rounds import again
from bench.tutorial import user_of
from strategies import registry
from strategies.backends.authtoken import AuthToken

ORIGIN = min(registry.pairs()[0].policy.origins or ())
KEY = "a key of thirty-two bytes and more for HS256"
PAIRS = {pair.backend_name: pair for pair in registry.pairs()}
LOOKUP_CONTROL, DECODING = "the tutorial's lookup", "PyJWT alone"
CLAIMS = {"token_type": "access", "exp": 2**40, "iat": 1, "jti": "0" * 32, "user_id": "1"}


@pytest.mark.parametrize("name", PAIRS)
def test_verify(
    name: str,
    measure: Callable[..., Any],
    tokens: Tokens,
    renew: Renew,
    users: Sequence[Any],
    runner: asyncio.Runner,
) -> None:
    pair, keys = PAIRS[name], tokens(AuthToken())
    backend = pair.backend
    held = [presented(pair.strategy, request(pair, one, ORIGIN), one) for one in tokens(backend)]
    queries = runner.run(count_queries(lambda: backend.verify(held[0])))
    found = measure(
        VERIFY,
        lambda: runner.run(one_by_one(backend.verify, held)),
        (lambda: runner.run(one_by_one(user_of, keys))) if queries else decoding(len(held)),
        prepare=renew(backend, held),
        **told(name, LOOKUP_CONTROL if queries else DECODING, len(held), queries),
    )
    assert [str(identity.user.pk) for identity in found] == [str(user.pk) for user in users]


@pytest.mark.parametrize("control", [LOOKUP_CONTROL, DECODING])
def test_the_control_again(
    control: str, measure: Callable[..., Any], tokens: Tokens, users: Sequence[Any], runner: asyncio.Runner
) -> None:
    keys = tokens(AuthToken())

    def looked_up() -> list[Any]:
        return runner.run(one_by_one(user_of, keys))

    once = looked_up if control == LOOKUP_CONTROL else decoding(len(keys))
    queries = runner.run(count_queries(lambda: user_of(keys[0]))) if once is looked_up else 0
    found = measure(VERIFY, once, once, **told(again(control), control, len(keys), queries))
    assert found == (list(users) if once is looked_up else [CLAIMS] * len(keys))


def told(contender: str, control: str, items: int, queries: int) -> dict[str, Any]:
    return {"layer": VERIFY, "contender": contender, "control": control, "items": items, "queries": queries}


async def one_by_one(ask: Callable[[str], Awaitable[Any]], credentials: Sequence[str]) -> list[Any]:
    return [await ask(one) for one in credentials]


def decoding(count: int, token: str = jwt.encode(CLAIMS, KEY, "HS256")) -> Callable[[], list[Any]]:
    return lambda: [jwt.decode(token, KEY, ["HS256"]) for _ in range(count)]
