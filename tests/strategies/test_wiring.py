"""Log-outs, deletions and the like take connections back by themselves, in any process that loads the apps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.models import Session as SessionRow
from django.db.models.deletion import Collector
from django.db.models.signals import post_save
from django.test import Client, override_settings
from rest_framework.authtoken.models import Token
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

from strategies import registry, wiring
from strategies.backend import digest
from strategies.backends import simplejwt
from strategies.backends.session import Session
from strategies.backends.simplejwt import SimpleJWT, blacklist, mint
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
    assert one == Revocation(user=str(ada.pk), at=one.at)


def test_a_renewed_hash_is_no_other_password(ada: Any) -> None:
    """As Django renews it at a log-in."""
    ada.set_password("pw")
    ada._password = None
    assert taken_back(lambda: ada.save(update_fields=["password"])) == []


def test_fixtures_take_nothing_back(ada: Any) -> None:
    ada.is_active = False
    assert taken_back(lambda: ada.save_base(raw=True)) == []


@pytest.fixture
def person() -> Iterator[Any]:
    """A proxy of the user's model, for the time of a test: others look at what the app's models are."""

    class Person(get_user_model()):  # type: ignore[misc]  # whatever model that is
        class Meta:
            proxy = True
            app_label = "wsauth"

    yield Person
    del apps.all_models["wsauth"]["person"]
    apps.clear_cache()


def test_by_way_of_a_proxy(ada: Any, person: Any) -> None:
    wiring.connect()
    same = person.objects.get(pk=ada.pk)
    same.set_password("another")
    assert [one.user for one in taken_back(same.save)] == [str(ada.pk)]
    same.is_active = False
    assert [one.user for one in taken_back(same.save)] == [str(ada.pk)]
    assert [one.user for one in taken_back(same.delete) if one.user] == [str(ada.pk)]


def test_other_models_are_deleted_as_fast_as_ever() -> None:
    assert Collector("default", None).can_fast_delete(LogEntry.objects.none())


def test_deletion(ada: Any) -> None:
    pk = str(ada.pk)
    assert [one.user for one in taken_back(ada.delete) if one.user] == [pk]


def test_the_deletion_of_what_is_no_user_takes_nothing_back(ada: Any) -> None:
    """As of a parent's row beside its child's."""
    assert taken_back(lambda: wiring.user_deleted(LogEntry(pk=ada.pk))) == []


def test_a_drf_token_is_deleted(ada: Any) -> None:
    row, _ = Token.objects.get_or_create(user=ada)
    key = row.key
    assert [one.token_id for one in taken_back(lambda: Token.objects.filter(user=ada).delete())] == [
        digest(digest(key))
    ]


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


# ── what depends on settings ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def receivers() -> Iterator[None]:
    """Those that a test connects are gone after it."""
    signals = (user_logged_out, post_save)
    before = [(signal, signal.receivers[:]) for signal in signals]
    yield
    for signal, kept in before:
        signal.receivers[:] = kept
        signal.sender_receivers_cache.clear()


@pytest.mark.usefixtures("receivers")
@override_settings(SESSION_ENGINE="django.contrib.sessions.backends.cache")
def test_a_log_out_where_sessions_have_no_table(ada: Any) -> None:
    Session().connect_signals()
    client = Client()
    client.force_login(ada)
    key = client.session.session_key
    assert key
    assert [one.session for one in taken_back(lambda: client.post("/api/logout/", headers=csrf(client)))] == [
        digest(key)
    ]
    assert taken_back(lambda: user_logged_out.send(None, request=None, user=None)) == []


def csrf(client: Client) -> dict[str, str]:
    client.get("/")
    return {"X-CSRFToken": client.cookies["csrftoken"].value}


def test_without_a_blacklist_there_is_nothing_to_hear(monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(post_save.receivers)
    monkeypatch.setattr(simplejwt.apps, "is_installed", lambda _: False)
    SimpleJWT().connect_signals()
    assert len(post_save.receivers) == before


@pytest.mark.parametrize(("rotates", "ends"), [(True, 1), (False, 2)])
def test_a_refresh_token_on_the_list_ends_its_log_in_unless_it_was_only_exchanged(
    ada: Any, rotates: bool, ends: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    minted = mint(ada)
    monkeypatch.setattr(simplejwt.api_settings, "ROTATE_REFRESH_TOKENS", rotates)
    found = taken_back(lambda: RefreshToken(minted.refresh).blacklist())
    assert len(found) == ends
    assert [bool(one.session) for one in found] == [False, True][:ends]


def test_tokens_from_elsewhere_name_no_log_in(ada: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simplejwt.api_settings, "ROTATE_REFRESH_TOKENS", False)
    found = taken_back(lambda: RefreshToken.for_user(ada).blacklist())
    assert [bool(one.token_id) for one in found] == [True]
    found = taken_back(lambda: blacklist(str(RefreshToken.for_user(ada).access_token)))
    assert not [one for one in found if one.session]


def test_what_is_on_the_list_and_no_token_names_none(ada: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simplejwt.api_settings, "ROTATE_REFRESH_TOKENS", False)
    row = OutstandingToken.objects.create(user=ada, jti="jti", token="no token", expires_at="2100-01-01T00:00:00Z")
    found = taken_back(lambda: BlacklistedToken.objects.create(token=row))
    assert [one.token_id for one in found] == [digest("jti")]
    assert taken_back(BlacklistedToken.objects.get(token=row).save) == []
