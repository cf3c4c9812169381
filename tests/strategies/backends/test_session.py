"""Django's sessions: judged by Django's rules, on every engine, and never written to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.sessions.models import Session as SessionRow
from django.core.cache import cache
from django.test import Client, override_settings
from hypothesis import given
from hypothesis import strategies as st

from strategies.backend import BackendTraits, Identity, NotApplicable, SampleKind, digest
from strategies.backends import session
from strategies.backends.session import WHY_AMBIENT, Session
from strategies.conformance.attempt import encodings
from strategies.conformance.contender import make_user
from strategies.conformance.probe import leaves
from strategies.refusal import Reason, Refused
from tests.strategies.backends.verdicts import queries, verdict
from tests.strategies.hostile import TOKENS

ENGINES = ["db", "cached_db", "cache", "file", "signed_cookies"]
SAMPLES: dict[SampleKind, Reason | None] = {  # None: gets in
    SampleKind.VALID: None,
    SampleKind.UNKNOWN: Reason.INVALID,
    SampleKind.MALFORMED: Reason.INVALID,
    SampleKind.TAMPERED: Reason.INVALID,
    SampleKind.EXPIRED: Reason.INVALID,
    SampleKind.EXPIRING: None,
    SampleKind.REVOKED: Reason.INVALID,
    SampleKind.INACTIVE_USER: Reason.INVALID,
    SampleKind.DELETED_USER: Reason.INVALID,
    SampleKind.PASSWORD_CHANGED: Reason.INVALID,
    SampleKind.NO_USER: Reason.INVALID,
}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.delattr(
        "django.contrib.sessions.backends.file.SessionStore._storage_path", raising=False
    )  # its own memory
    name = f"django.contrib.sessions.backends.{request.param}"
    with override_settings(SESSION_ENGINE=name, SESSION_FILE_PATH=str(tmp_path)):
        cache.clear()
        yield request.param
        cache.clear()


@pytest.mark.parametrize(("kind", "reason"), SAMPLES.items(), ids=SAMPLES)
async def test_a_sample_is_what_it_says(kind: SampleKind, reason: Reason | None, engine: str) -> None:
    user, backend = await make_user(), Session()
    if (engine, kind) == ("signed_cookies", SampleKind.REVOKED):
        with pytest.raises(NotApplicable, match="a log-out takes nothing back"):
            await backend.sample(kind, user)
        return
    found = await verdict(backend, await backend.sample(kind, user))
    assert (found.user if isinstance(found, Identity) else found) == (reason or user)


@pytest.mark.parametrize("kind", [kind for kind in SampleKind if kind not in SAMPLES])
async def test_other_kinds_do_not_apply(kind: SampleKind) -> None:
    with pytest.raises(NotApplicable, match=kind.value):
        await Session().sample(kind, await make_user())


async def test_identity(engine: str) -> None:
    user, backend = await make_user(), Session()
    token = await backend.issue(user)
    identity = await backend.verify(token)
    assert identity == Identity(user, identity.expires_at, None, digest(token), session=digest(token))
    two_weeks = session._store().get_expiry_date().timestamp()
    assert identity.expires_at == pytest.approx(two_weeks, abs=5)


async def test_the_end_of_a_session_is_its_rows() -> None:
    backend = Session()
    token = await backend.issue(await make_user())
    row = await SessionRow.objects.aget(session_key=token)
    assert (await backend.verify(token)).expires_at == row.expire_date.timestamp()


async def test_nothing_of_the_key_is_left(engine: str) -> None:
    backend = Session()
    token = await backend.issue(await make_user())
    identity = replace(await backend.verify(token), handle=None)  # as applications get it
    texts = leaves({"user": identity.user, "auth": identity, "dict": vars(identity.user)})
    assert identity.user.username in texts
    assert not [how for how, spelling in encodings(token).items() if any(spelling in text for text in texts)]


async def test_each_call_has_a_user_of_its_own(engine: str) -> None:
    backend = Session()
    token = await backend.issue(await make_user())
    found = await asyncio.gather(*(backend.verify(token) for _ in range(20)))
    assert len({id(identity.user) for identity in found}) == 20


async def test_many_at_once_are_each_themselves(engine: str) -> None:
    backend = Session()
    kinds = [SampleKind.VALID, SampleKind.INACTIVE_USER, SampleKind.DELETED_USER, SampleKind.PASSWORD_CHANGED] * 5
    users = [await make_user() for _ in kinds]
    names = [user.username for user in users]
    tokens = [await backend.sample(kind, user) for kind, user in zip(kinds, users, strict=True)]
    found = await asyncio.gather(*(verdict(backend, token) for token in tokens))
    for kind, name, one in zip(kinds, names, found, strict=True):
        assert (one.user.username if isinstance(one, Identity) else one) == (SAMPLES[kind] or name)


@pytest.mark.parametrize(
    ("kind", "count"),
    [(SampleKind.VALID, 2), (SampleKind.UNKNOWN, 1), (SampleKind.PASSWORD_CHANGED, 2), (SampleKind.NO_USER, 1)],
)
async def test_queries(kind: SampleKind, count: int) -> None:
    backend = Session()
    token = await backend.sample(kind, await make_user())
    assert len(await queries(backend.verify(token))) == count


@pytest.mark.parametrize("token", ["", "x", "1234567"], ids=repr)
async def test_a_key_too_short_for_django_is_not_looked_up(token: str) -> None:
    assert await queries(Session().verify(token)) == []
    assert await verdict(Session(), token) is Reason.INVALID


@given(token=TOKENS | st.from_regex(r"\A[a-z0-9]{32}\Z") | st.text("./\\~abc", min_size=8, max_size=20))
async def test_no_other_text_gets_in(token: str) -> None:
    with pytest.raises(Refused, match="invalid"):
        await Session().verify(token)


@pytest.mark.filterwarnings("ignore::django.core.cache.CacheKeyWarning")  # Django's, of one that is too long
@pytest.mark.parametrize(
    "token", ["../../etc/passwd", "....////....", "a" * 3_000, "eyJ9:1a:b", ":::::::::", "\u00e9" * 10], ids=ascii
)
async def test_hostile_keys_on_every_engine(token: str, engine: str) -> None:
    assert await verdict(Session(), token) is Reason.INVALID


def test_it_may_travel_in_cookies_only() -> None:
    assert Session().traits == BackendTraits("only", WHY_AMBIENT)


# ── Django's own log-in ──────────────────────────────────────────────────────────────────────────


async def test_a_session_of_djangos_own_log_in() -> None:
    user = await make_user()

    def log_in() -> str:
        client = Client()
        client.force_login(user)
        return client.cookies["sessionid"].value

    assert (await Session().verify(await database_sync_to_async(log_in)())).user == user


async def test_a_session_that_is_issued_is_one_of_djangos_own() -> None:
    user = await make_user()
    token = await Session().issue(user)
    stored = (await SessionRow.objects.aget(session_key=token)).get_decoded()
    assert stored == {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }


# ── nothing is written ───────────────────────────────────────────────────────────────────────────


async def rows() -> list[tuple[Any, ...]]:
    return [row async for row in SessionRow.objects.order_by("session_key").values_list()]


@pytest.mark.parametrize("kind", [kind for kind in SAMPLES if kind is not SampleKind.REVOKED])
async def test_the_row_stays_as_it_is_byte_for_byte(kind: SampleKind) -> None:
    """A hash that doesn't match would make Django flush the session, and log the browser out."""
    backend = Session()
    token = await backend.sample(kind, await make_user())
    before = await rows()
    sent = await queries(backend.verify(token))
    assert await rows() == before
    assert all(sql.startswith("SELECT") for sql in sent)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("kind", [kind for kind in SAMPLES if kind is not SampleKind.REVOKED])
@pytest.mark.parametrize("engine", ["file"], indirect=True)
async def test_the_files_stay_as_they_are_byte_for_byte(kind: SampleKind, engine: str, tmp_path: Path) -> None:
    """Django's engine deletes an expired session while it loads it, and creates another."""
    backend = Session()
    token = await backend.sample(kind, await make_user())
    (tmp_path / "sessionidgarbage").write_text("no session")
    before = contents(tmp_path)
    assert len(before) == (1 if kind is SampleKind.UNKNOWN else 2)
    assert (await verdict(backend, token) is Reason.INVALID) is (kind not in (SampleKind.VALID, SampleKind.EXPIRING))
    assert await verdict(backend, "garbage") is Reason.INVALID
    (again,) = await backend.recheck([Identity(None, handle=token)])
    assert isinstance(again, Refused) is (kind not in (SampleKind.VALID, SampleKind.EXPIRING))
    assert contents(tmp_path) == before


OLD, NEW = "the former secret key, long enough for a hash", "the present secret key, long enough for a hash"


@pytest.mark.parametrize("fallback", [True, False], ids=["fallback", "no fallback"])
async def test_a_former_key_holds_as_long_as_it_is_a_fallback(fallback: bool, engine: str) -> None:
    user, backend = await make_user(), Session()
    with override_settings(SECRET_KEY=OLD):
        token = await backend.issue(user)
        assert (await backend.verify(token)).user == user
    before = await rows()
    with override_settings(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[OLD] if fallback else []):
        found = await verdict(backend, token)
        again = await verdict(backend, token)  # asking changes nothing
    for one in (found, again):
        assert (one.user if isinstance(one, Identity) else one) == (user if fallback else Reason.INVALID)
    assert await rows() == before


# ── other ways to log in ─────────────────────────────────────────────────────────────────────────


class Directory(BaseBackend):
    """A login backend that finds its users in a way of its own."""

    def get_user(self, user_id: int) -> Any:
        return get_user_model()._default_manager.filter(pk=user_id, username__startswith="user-").first()


class Lenient(ModelBackend):
    """Finds users as Django does, but takes the deactivated ones too."""

    def user_can_authenticate(self, user: Any) -> bool:
        return True


DIRECTORY, LENIENT = f"{__name__}.Directory", f"{__name__}.Lenient"
DJANGOS = "django.contrib.auth.backends.ModelBackend"


async def stored(user: Any, **changed: Any) -> str:
    """A session as Django's log-in leaves it, but for these values; None leaves one out."""

    def make() -> str:
        store = session._store()
        data = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: DJANGOS,
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            **changed,
        }
        store.update({key: value for key, value in data.items() if value is not None})
        store.save()
        return str(store.session_key)

    return await database_sync_to_async(make)()


@pytest.mark.parametrize("login", [DJANGOS, DIRECTORY, LENIENT])
@pytest.mark.parametrize(
    ("changed", "lets_in"),
    [
        ({}, True),
        ({HASH_SESSION_KEY: "another"}, False),
        ({HASH_SESSION_KEY: ""}, False),
        ({HASH_SESSION_KEY: None}, False),
        ({SESSION_KEY: None}, False),
        ({SESSION_KEY: "0"}, False),
    ],
)
async def test_every_way_of_logging_in_obeys_the_same_rules(login: str, changed: Any, lets_in: bool) -> None:
    user = await make_user()
    with override_settings(AUTHENTICATION_BACKENDS=[login]):
        token = await stored(user, **{BACKEND_SESSION_KEY: login, **changed})
        before = await rows()
        found = await verdict(Session(), token)
        assert (found.user if isinstance(found, Identity) else found) == (user if lets_in else Reason.INVALID)
        assert await rows() == before


async def test_a_way_of_its_own_honours_former_keys_too() -> None:
    with override_settings(AUTHENTICATION_BACKENDS=[DIRECTORY], SECRET_KEY=OLD):
        user = await make_user()
        token = await stored(user, **{BACKEND_SESSION_KEY: DIRECTORY})
    before = await rows()
    with override_settings(AUTHENTICATION_BACKENDS=[DIRECTORY], SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[OLD]):
        assert (await Session().verify(token)).user == user
    assert await rows() == before


@pytest.mark.parametrize(
    "logged_in_by", [DIRECTORY, "acme.Missing", "", None, 5, ["a"]], ids=lambda value: str(value).rpartition(".")[2]
)
async def test_a_way_that_is_not_configured_any_more(logged_in_by: Any) -> None:
    token = await stored(await make_user(), **{BACKEND_SESSION_KEY: logged_in_by})
    assert await verdict(Session(), token) is Reason.INVALID


@pytest.mark.parametrize(("login", "lets_in"), [(DJANGOS, False), (LENIENT, True)])
async def test_whether_a_deactivated_user_counts_is_the_log_ins_choice(login: str, lets_in: bool) -> None:
    """Either way the gate refuses it: see `may_authenticate`."""
    user = await make_user()
    await get_user_model().objects.filter(pk=user.pk).aupdate(is_active=False)
    with override_settings(AUTHENTICATION_BACKENDS=[login]):
        token = await stored(user, **{BACKEND_SESSION_KEY: login})
        assert isinstance(await verdict(Session(), token), Identity) is lets_in


@pytest.mark.parametrize("user_id", ["abc", "", "1\x00", "9" * 30, [], {"a": 1}, True, 1.5], ids=repr)
async def test_a_session_that_names_an_odd_user(user_id: Any) -> None:
    """Nobody but the server writes sessions; even so it is a verdict, and spoils no other's."""
    user, backend = await make_user(), Session()
    tokens = [await stored(user), await stored(user, **{SESSION_KEY: user_id}), await stored(user)]
    found = await asyncio.gather(*(verdict(backend, token) for token in tokens))
    assert [one.user if isinstance(one, Identity) else one for one in found] == [user, Reason.INVALID, user]


def test_a_user_model_without_a_session_hash() -> None:
    assert session._hash_holds({}, object())


def test_what_django_would_write_back_is_dropped() -> None:
    copy = session._Copy({"a": 1})
    copy.cycle_key()
    assert copy == {"a": 1}
    copy.flush()
    assert copy == {}
