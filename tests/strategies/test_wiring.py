"""Log-outs, deletions and the like take connections back by themselves, in any process that loads the apps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session as SessionRow
from django.test import Client
from rest_framework.authtoken.models import Token

from strategies import registry, wiring
from strategies.backend import digest
from strategies.backends.simplejwt import blacklist, mint
from strategies.journal import Reader, Revocation

pytestmark = pytest.mark.django_db(transaction=True)


def taken_back(act: Callable[[], object]) -> list[Revocation]:
    """What an action writes into the journal."""
    reader = Reader(0.0)
    reader.read(0.0)
    act()
    return reader.read(0.0)


@pytest.fixture
def ada() -> Any:
    return get_user_model().objects.create_user("ada", password="pw")


def test_saving_a_user_takes_nothing_back(ada: Any) -> None:
    assert taken_back(ada.save) == []
    assert taken_back(lambda: get_user_model().objects.create_user("eve", password="pw", is_active=False)) == []


def test_deactivation(ada: Any) -> None:
    ada.is_active = False
    (one,) = taken_back(ada.save)
    assert one == Revocation(user=str(ada.pk), at=one.at)


def test_another_password(ada: Any) -> None:
    ada.set_password("another")
    (one,) = taken_back(ada.save)
    assert one == Revocation(user=str(ada.pk), issued_before=one.issued_before, at=one.at)
    assert one.issued_before == pytest.approx(one.at, abs=1)


def test_a_renewed_hash_is_no_other_password(ada: Any) -> None:
    """As Django renews it at a log-in."""
    ada.set_password("pw")
    ada._password = None
    assert taken_back(lambda: ada.save(update_fields=["password"])) == []


def test_fixtures_take_nothing_back(ada: Any) -> None:
    ada.is_active = False
    assert taken_back(lambda: ada.save_base(raw=True)) == []


def test_deletion(ada: Any) -> None:
    pk = str(ada.pk)
    assert [one.user for one in taken_back(ada.delete) if one.user] == [pk]


def test_a_drf_token_is_deleted(ada: Any) -> None:
    row, _ = Token.objects.get_or_create(user=ada)
    key = row.key
    assert [one.token_id for one in taken_back(lambda: Token.objects.filter(user=ada).delete())] == [digest(key)]


def test_a_log_out_of_django(ada: Any) -> None:
    client = Client()
    client.force_login(ada)
    key = client.session.session_key
    assert key
    assert [one.session for one in taken_back(client.logout)] == [digest(key)]


def test_an_expired_session_that_is_cleared_takes_nothing_back(ada: Any) -> None:
    client = Client()
    client.force_login(ada)
    SessionRow.objects.update(expire_date="2020-01-01T00:00:00Z")
    assert taken_back(lambda: SessionRow.objects.all().delete()) == []


def test_a_session_that_nobody_is_logged_in_to_takes_nothing_back() -> None:
    session = Client().session
    session["visited"] = True
    session.save()
    assert taken_back(session.delete) == []


def test_a_blacklisted_token(ada: Any) -> None:
    minted = mint(ada)
    found = taken_back(lambda: blacklist(minted.access))
    assert len([one for one in found if one.token_id]) == 1
    assert len([one for one in found if one.session]) == 1


def test_connected_twice_it_is_told_once(ada: Any) -> None:
    wiring.connect()
    ada.is_active = False
    assert len(taken_back(ada.save)) == 1


def test_every_configured_backend_is_connected() -> None:
    assert {type(one).__name__ for one in registry.backends()} >= {"AuthToken", "SimpleJWT", "Session"}
