"""Contenders: pairs described from outside, with samples of users of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from strategies.backend import BackendTraits, Identity, NotApplicable, Place, SampleKind
from strategies.conformance.contender import contenders, make_user, placed_sampler, resampler, sampler
from strategies.registry import build
from tests.strategies.toys import ORIGIN, STRATEGIES, TOKEN, Toy

PAIRS = build(
    {
        "STRATEGIES": {"querystring": {}, "cookie": {}, "header": {}},
        "BACKENDS": {"one": {"CLASS": Toy}, "two": {"CLASS": Toy}},
        "POLICY": {"ORIGINS": ["https://b.example", ORIGIN]},
    }
).pairs


def test_a_pair_describes_itself() -> None:
    one = contenders(PAIRS)[0]
    pair = PAIRS[0]
    assert (one.name, one.path, one.traits, one.policy) == (
        pair.name,
        "/ws/querystring/one/",
        pair.strategy.traits,
        pair.policy,
    )
    assert list(one.client(TOKEN)) == list(STRATEGIES["querystring"].client(TOKEN))
    assert one.documented


def test_what_a_backend_declares_of_its_credentials() -> None:
    plain, placed = contenders([PAIRS[0], replace(PAIRS[0], backend=Placed())])
    assert (plain.one_time, plain.sample_at) == (False, None)
    assert placed.one_time
    assert placed.sample_at is not None


@pytest.mark.django_db(transaction=True)
async def test_a_placed_sample_is_of_a_user_of_its_own() -> None:
    sample = placed_sampler(Placed())
    one, other = await sample(Place("/ws/")), await sample(Place("/ws/"))
    assert one.token == "/ws/"
    assert one.username != other.username


class Placed(Toy):
    traits = BackendTraits(one_time=True, bound=True)

    async def issue_at(self, user: Any, place: Place) -> str:
        return place.path


def test_where_they_are_served() -> None:
    assert [one.path for one in contenders(PAIRS, prefix="/close/")][:2] == [
        "/close/ws/querystring/one/", "/close/ws/querystring/two/",
    ]  # fmt: skip


def test_the_others_are_one_of_each_other_strategy() -> None:
    by_name = {one.name: {other.name for other in one.others} for one in contenders(PAIRS)}
    assert by_name["querystring × two"] == {"cookie × one", "header × one"}
    assert by_name["cookie × one"] == {"querystring × one", "header × one"}
    assert all(not other.others for one in contenders(PAIRS) for other in one.others)


def test_pairs_may_come_from_an_iterator() -> None:
    assert [one.name for one in contenders(iter(PAIRS))] == [pair.name for pair in PAIRS]


def test_an_origin_that_is_let_in() -> None:
    assert contenders(PAIRS)[0].origin == ORIGIN
    assert contenders([PAIRS[0].under(origins=None)])[0].origin is None


def test_nothing_secret_in_a_repr() -> None:
    assert "client=" not in repr(contenders(PAIRS)[0])


@pytest.mark.django_db(transaction=True)
async def test_each_sample_is_of_a_user_of_its_own() -> None:
    sample = sampler(Toy())
    one, other = await sample(SampleKind.VALID), await sample(SampleKind.VALID)
    assert one.token == TOKEN
    assert one.username != other.username
    assert await get_user_model().objects.filter(username__in=[one.username, other.username]).acount() == 2
    with pytest.raises(NotApplicable):
        await sample(SampleKind.EXPIRED)


@pytest.mark.django_db(transaction=True)
async def test_another_sample_is_of_the_same_user() -> None:
    class Ending(Toy):
        async def sample(self, kind: SampleKind, user: Any) -> str:
            return TOKEN

    backend = Ending(lambda token: Identity(None, expires_at=5.0))
    one = await sampler(backend)(SampleKind.VALID)
    other = await resampler(backend)(SampleKind.EXPIRING, one)
    assert (one.expires_at, other.expires_at, other.username) == (None, 5.0, one.username)


@pytest.mark.django_db(transaction=True)
async def test_a_made_user_is_active_and_has_no_password() -> None:
    user = await make_user()
    assert user.is_active
    assert not user.has_usable_password() or not user.check_password("")
