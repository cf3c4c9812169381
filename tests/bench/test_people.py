from __future__ import annotations

from typing import Any

import pytest

from bench.people import Purse, bad_credentials, each_bad_kind, make_users
from strategies import registry
from strategies.backend import may_authenticate
from strategies.refusal import Refused

BACKENDS = {pair.backend_name: pair.backend for pair in registry.pairs()}
LASTING = ("authtoken", "simplejwt", "simplejwt_stateless", "session")
OURS = (*LASTING, "ticket")

pytestmark = pytest.mark.django_db(transaction=True)


async def test_users_are_saved_and_nobody_knows_a_password() -> None:
    users = await make_users(5)
    assert len({user.pk for user in users}) == 5
    assert not any(user.has_usable_password() for user in users)
    assert all(user.is_active for user in users)


@pytest.mark.parametrize("name", LASTING)
async def test_credentials_are_good_and_taken_in_turn(name: str) -> None:
    backend = BACKENDS[name]
    users = await make_users(3)
    purse = Purse(users, [backend, backend])
    assert purse.is_stale
    await purse.fill()
    assert not purse.is_stale
    taken = [purse.take(backend) for _ in range(6)]
    assert [one.username for one in taken] == [user.get_username() for user in users] * 2
    for one in taken[:3]:
        assert (await backend.verify(one.token)).user.get_username() == one.username


async def test_one_time_credentials_are_made_for_each_taker_every_time() -> None:
    ticket, lasting = BACKENDS["ticket"], BACKENDS["authtoken"]
    purse = Purse(await make_users(2), [ticket, lasting, ticket, ticket])
    seen = set()
    for _ in range(2):
        assert purse.is_stale, "what was taken is used up"
        await purse.fill()
        taken = [purse.take(ticket) for _ in range(3)]
        for one in taken:
            assert (await ticket.verify(one.token)).user.get_username() == one.username
        with pytest.raises(StopIteration):
            purse.take(ticket)
        seen.update(one.token for one in taken)
    assert len(seen) == 6


async def test_lasting_credentials_stay_while_one_time_ones_are_made_anew() -> None:
    ticket, lasting = BACKENDS["ticket"], BACKENDS["simplejwt"]
    purse = Purse(await make_users(1), [ticket, lasting])
    await purse.fill()
    before = purse.take(lasting)
    await purse.fill()
    assert purse.take(lasting) is before


@pytest.mark.parametrize("name", OURS)
async def test_bad_credentials_are_bad(name: str) -> None:
    found = await bad_credentials(BACKENDS[name], count=2)
    assert list(found) == ["malformed", "forged"]
    assert found["forged"][0].token != found["forged"][1].token
    for sample in [one for samples in found.values() for one in samples]:
        with pytest.raises(Refused):
            await BACKENDS[name].verify(sample.token)


@pytest.mark.parametrize("name", OURS)
async def test_each_kind_of_bad_credential_is_bad(name: str) -> None:
    found = await each_bad_kind(BACKENDS[name], count=2)
    assert "malformed" in found
    assert "valid" not in found
    assert len(found) > 3
    for first, other in found.values():
        assert first.username != other.username
        with pytest.raises(Refused):
            may_authenticate((await BACKENDS[name].verify(first.token)).user)


async def test_old_credentials_are_stale(monkeypatch: Any) -> None:
    purse = Purse(await make_users(1), [])
    await purse.fill()
    monkeypatch.setattr("bench.people.LIFETIME", -1.0)
    assert purse.is_stale
