from __future__ import annotations

import asyncio
import time

import pytest

from bench.capacity.lookups import BACKENDS, CONTROLS, STRANGER, lookup
from bench.inprocess import application, handshakes
from bench.queries import count_queries
from bench.storm.lineup import everyone
from core.settings import WS_AUTH
from strategies import registry
from strategies.backend import Identity
from strategies.conformance.contender import make_user

ORIGIN = "https://app.example"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", BACKENDS)
def test_the_statements_are_those_that_a_verification_and_a_re_check_ask(name: str) -> None:
    backend = next(pair.backend for pair in registry.pairs() if pair.backend_name == name)
    known = BACKENDS[name]
    found: list[Identity] = []

    async def verify() -> None:
        found.append(await backend.verify(token))

    with asyncio.Runner() as runner:
        token = runner.run(backend.issue(runner.run(make_user())))
        assert runner.run(count_queries(verify)) == known.statements
        assert runner.run(count_queries(lambda: backend.recheck(found * 3))) == known.rechecked
    expires_at = found[0].expires_at
    assert known.expires == (expires_at is not None and name != "session")
    if known.lifetime is not None and expires_at is not None:
        assert expires_at - time.time() == pytest.approx(known.lifetime, abs=60)


def test_every_backend_that_the_lab_serves_is_known() -> None:
    assert set(WS_AUTH["BACKENDS"]) == set(BACKENDS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", CONTROLS)
def test_controls_are_those_of_a_storm_and_ask_as_much(key: str) -> None:
    entry = {one.key: one for one in everyone((), ORIGIN)}[key]
    app = application(entry)
    with asyncio.Runner() as runner:
        user = runner.run(make_user())
        token = runner.run(entry.backend.issue(user)) if entry.backend else ""
        asked = runner.run(count_queries(lambda: handshakes(entry, app, [token], ORIGIN, together=False)))
    assert (asked, CONTROLS[key].watched) == (CONTROLS[key].statements, False)


def test_by_the_name_of_the_backend() -> None:
    assert lookup("first_message/authtoken") is BACKENDS["authtoken"]
    assert lookup("first_message/acme") is STRANGER
    assert lookup("tutorial") is CONTROLS["tutorial"]
