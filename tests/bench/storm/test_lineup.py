from __future__ import annotations

import asyncio

import pytest

from bench.lineup import AGAIN, CONTROL
from bench.people import Purse, make_users
from bench.storm.lineup import LATE, REFERENCES, credentials, everyone, instrument, is_one_time, one_time, roles, twins
from strategies import registry

ORIGIN = "https://app.example"


def test_controls_first_then_the_pairs() -> None:
    keys = [one.key for one in everyone(registry.pairs(), ORIGIN)]
    assert keys[:2] == [CONTROL, AGAIN]
    assert set(REFERENCES) < set(keys)
    assert keys[-1] == registry.pairs()[-1].key


def test_the_instrument_is_checked_without_any_credential() -> None:
    those = instrument(ORIGIN)
    assert [one.key for one in those] == [CONTROL, AGAIN, LATE]
    assert all(one.backend is None for one in those)


def test_what_accepts_first_has_a_twin_that_does_not() -> None:
    found = twins(everyone(registry.pairs(), ORIGIN))
    assert found["first_message/authtoken"] == "querystring/authtoken"
    assert all(pair.strategy.traits.accepts_first is (pair.key in found) for pair in registry.pairs())


def test_a_pair_must_be_named_in_its_ready_frame() -> None:
    found = roles(everyone(registry.pairs(), ORIGIN))
    assert found["querystring/authtoken"].names == ("querystring", "authtoken")
    assert found["tutorial"].names == (None, None)


@pytest.mark.django_db(transaction=True)
def test_credentials_that_are_good_once_are_made_for_their_use_alone() -> None:
    those = [
        one for one in everyone(registry.pairs(), ORIGIN) if one.key in (CONTROL, "header/ticket", "header/authtoken")
    ]
    by_key = {one.key: one for one in those}
    with asyncio.Runner() as runner:
        users = runner.run(make_users(2))
        purse = Purse(users, [one.backend for one in those if one.backend and not is_one_time(one)])
        lasting = credentials(those, purse, runner, 4)
        fresh = one_time(by_key["header/ticket"], users, runner, 3)
        nothing = [one_time(by_key[key], users, runner, 3) for key in (CONTROL, "header/authtoken")]
    assert {key: len(ones) for key, ones in lasting.items()} == {CONTROL: 4, "header/authtoken": 4}
    assert [len({token for token, _ in ones}) for ones in fresh.values()] == [3]
    assert nothing == [{}, {}]
