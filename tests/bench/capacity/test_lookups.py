from __future__ import annotations

import asyncio

import pytest

from bench.capacity.lookups import BACKENDS, CONTROLS, STRANGER, lookup
from bench.queries import count_queries
from bench.storm.lineup import everyone
from strategies import registry
from strategies.conformance.contender import make_user

ORIGIN = "https://app.example"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", BACKENDS)
def test_the_statements_are_those_that_a_verification_asks(name: str) -> None:
    backend = next(pair.backend for pair in registry.pairs() if pair.backend_name == name)
    with asyncio.Runner() as runner:
        user = runner.run(make_user())
        token = runner.run(backend.issue(user))
        assert runner.run(count_queries(lambda: backend.verify(token))) == BACKENDS[name].statements
        identity = runner.run(backend.verify(token))
    assert BACKENDS[name].expires == (identity.expires_at is not None and name != "session")


@pytest.mark.parametrize("key", CONTROLS)
def test_controls_are_those_of_a_storm(key: str) -> None:
    assert key in {one.key for one in everyone((), ORIGIN)}


def test_by_the_name_of_the_backend() -> None:
    assert lookup("first_message/authtoken") is BACKENDS["authtoken"]
    assert lookup("first_message/acme") is STRANGER
    assert lookup("tutorial").statements == 1
