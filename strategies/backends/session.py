"""Django's own sessions, by Django's own rules, read and never written.

Channels' session middleware may flush or rotate a session during a handshake, and so log a browser
out of the site. A handshake has no business writing: here the session's data is copied out and
`django.contrib.auth.get_user` judges the copy, auth hash and `SECRET_KEY_FALLBACKS` included.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

from channels.db import database_sync_to_async
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    get_backends,
    get_user,
    get_user_model,
    logout,
)
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.backends import signed_cookies
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models.signals import post_delete
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from ..backend import Backend, BackendTraits, Identity, NotApplicable, SampleKind, digest
from ..refusal import Reason, Refused
from ..revocation import revoke
from .batching import Batcher, Fetched

Data = dict[str, Any]

WHY_AMBIENT = (
    "a session key is for the session cookie; anywhere else it hands the whole HTTP session to scripts and logs"
)
KEPT_BY_THE_BROWSER = "a session in a signed cookie is the browser's alone: a log-out takes nothing back"


class Session(Backend):
    """The session of `SESSION_ENGINE` whose key is the credential."""

    traits = BackendTraits("only", WHY_AMBIENT)

    def __init__(self) -> None:
        self._lookup = Batcher(_identities)
        if isinstance(_store(), signed_cookies.SessionStore):
            self.traits = replace(self.traits, caveat=KEPT_BY_THE_BROWSER)

    async def verify(self, token: str) -> Identity:
        if _store(token).session_key is None:  # Django's own test of a key's form
            raise Refused(Reason.INVALID)
        return await self._lookup(token)

    async def issue(self, user: Any) -> str:
        return await database_sync_to_async(_issue)(user)

    async def recheck(self, identities: Sequence[Identity]) -> Sequence[Identity | Refused]:
        """The sessions are read again, by the keys that the identities' handles are."""
        return await self._lookup.together([str(one.handle) for one in identities])

    def connect_signals(self) -> None:
        """A log-out deletes the session. An engine without a table tells nobody, so there Django's own signal does.

        That one comes before the session is gone: who connects in between is caught by the re-check.
        """
        model = getattr(_store(), "model", None)
        if model is not None:
            post_delete.connect(_session_deleted, sender=model, dispatch_uid="wsauth.session")
        else:
            user_logged_out.connect(_logged_out_of, dispatch_uid="wsauth.session")

    async def take_back(self, token: str) -> None:
        await database_sync_to_async(_log_out)(token)

    async def sample(self, kind: SampleKind, user: Any) -> str:
        make = _SAMPLES.get(kind)
        if make is None:
            return await super().sample(kind, user)
        return await database_sync_to_async(make)(user)


def _store(key: str | None = None) -> SessionBase:
    """A session of the configured engine; the middleware is Django's own way from the setting to the class."""
    return SessionMiddleware(_no_response).SessionStore(key)


def _reader(key: str) -> SessionBase:
    """One that can't write: loading has Django's file engine delete what has expired, and create anew."""
    store = _store(key)
    store.__class__ = _read_only(type(store))
    return store


@cache
def _read_only(engine: type[SessionBase]) -> type[SessionBase]:
    return type(engine.__name__, (engine,), dict.fromkeys(("create", "save", "delete"), _nothing))


def _nothing(*_: Any, **__: Any) -> None: ...


def _no_response(_: Any) -> Any:
    """`SessionMiddleware` wants a view; nothing here ever asks it to answer."""


def _identities(keys: Sequence[str]) -> list[Identity | Exception]:
    sessions = _read(set(keys))
    try:
        users = _Users(data for data, _ in sessions.values())
        return [_identity(key, *sessions[key], users) if key in sessions else Refused(Reason.INVALID) for key in keys]
    except (ValueError, TypeError, OverflowError, ValidationError, DataError):  # no id that the users' table could hold
        if len(keys) > 1:
            raise  # then each is asked for alone, and only its own is refused
        return [Refused(Reason.INVALID)]


def _identity(key: str, data: Data, expires_at: float, users: _Users) -> Identity | Exception:
    user = users.of(data)
    if user is None:
        return Refused(Reason.INVALID)
    name = digest(key)
    return Identity(user, expires_at=expires_at, token_id=name, session=name, handle=key)


def _session_deleted(instance: Any, **_: Any) -> None:
    """Not for those that had ended anyway, and those that nobody was logged in to."""
    if instance.expire_date > timezone.now() and SESSION_KEY in instance.get_decoded():
        revoke(session=instance.session_key)


def _logged_out_of(request: Any, **_: Any) -> None:
    """A log-out of nobody, or without a session, takes nothing back."""
    key = getattr(getattr(request, "session", None), "session_key", None)
    if key:
        revoke(session=key)


def _read(keys: Collection[str]) -> dict[str, tuple[Data, float]]:
    """Data and end of the sessions that are known, neither expired nor logged out.

    Engines with a table are read there: the row knows the true end, and no cache can be stale. Others
    only know how long a session lives after its last change, so their end is the latest possible one.
    """
    model = getattr(_store(), "model", None)
    if model is not None:
        rows = model.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
        return {row.session_key: (row.get_decoded(), row.expire_date.timestamp()) for row in rows}
    stores = {key: _reader(key) for key in keys}
    found = {key: (dict(store.items()), store.get_expiry_date()) for key, store in stores.items()}
    return {key: (data, end.timestamp()) for key, (data, end) in found.items() if end > timezone.now()}


class _Users:
    """The users that some sessions name, read in one query, by the rules of `django.contrib.auth.get_user`."""

    def __init__(self, sessions: Iterable[Data]) -> None:
        wanted = {data[SESSION_KEY] for data in sessions if SESSION_KEY in data}
        self._rows = Fetched(get_user_model()._default_manager.filter(pk__in=wanted), "pk")
        self._logins = {f"{type(one).__module__}.{type(one).__qualname__}": one for one in get_backends()}

    def of(self, data: Data) -> Any:
        """Whom a session speaks for, or None.

        Django's function asks for one user at a time. So it is left to login backends that find users in a
        way of their own, and for Django's `ModelBackend` its rule is applied to the rows already read.
        """
        login: Any = self._logins.get(data.get(BACKEND_SESSION_KEY, ""))
        if login is None or type(login).get_user is not ModelBackend.get_user:
            user = get_user(_request(_Copy(data)))
            return user if user.is_authenticated else None
        try:
            user = self._rows.get(pk=data.get(SESSION_KEY))
        except self._rows.DoesNotExist:
            return None
        return user if login.user_can_authenticate(user) and _hash_holds(data, user) else None


def _hash_holds(data: Data, user: Any) -> bool:
    """Whether the session was made under the user's present password, by the present or a former SECRET_KEY."""
    if not hasattr(user, "get_session_auth_hash"):
        return True
    kept = data.get(HASH_SESSION_KEY) or ""
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return any(constant_time_compare(kept, current) for current in hashes)


class _Copy(dict[str, Any]):
    """A session's data, for Django to judge. What it would write back is dropped."""

    def cycle_key(self) -> None:
        """Django renews the hash after a fallback key has matched; the next HTTP request does that."""

    def flush(self) -> None:
        """Django throws a session away whose hash doesn't match; the next HTTP request does that."""
        self.clear()


def _issue(user: Any) -> str:
    """A session as `django.contrib.auth.login` leaves it, for the first of AUTHENTICATION_BACKENDS."""
    store = _store()
    login = get_backends()[0]
    store[SESSION_KEY] = user._meta.pk.value_to_string(user)
    store[BACKEND_SESSION_KEY] = f"{type(login).__module__}.{type(login).__qualname__}"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return str(store.session_key)


# ── samples ──────────────────────────────────────────────────────────────────────────────────────


def _unknown(user: Any) -> str:
    return secrets.token_hex(16)


def _ending(user: Any, when: timedelta) -> str:
    store = _store(_issue(user))
    store.set_expiry(timezone.now() + when)
    store.save()
    return str(store.session_key)


def _logged_out(user: Any) -> str:
    key = _issue(user)
    _log_out(key)
    return key


def _request(session: Any) -> Any:
    """As much of a request as Django's functions look at."""
    return SimpleNamespace(session=session)


def _log_out(key: str) -> None:
    """Django's own log-out, as a view calls it."""
    logout(_request(_store(key)))
    if any(data for data, _ in _read([key]).values()):
        raise NotApplicable(KEPT_BY_THE_BROWSER)


def _inactive(user: Any) -> str:
    key = _issue(user)
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    return key


def _deleted(user: Any) -> str:
    key = _issue(user)
    user.delete()
    return key


def _password_changed(user: Any) -> str:
    key = _issue(user)
    user.set_password("another")
    user.save()
    return key


def _anonymous(user: Any) -> str:
    """A session that nobody has logged in to."""
    store = _store()
    store["visited"] = True
    store.save()
    return str(store.session_key)


_SAMPLES: dict[SampleKind, Callable[[Any], str]] = {
    SampleKind.UNKNOWN: _unknown,
    SampleKind.EXPIRED: lambda user: _ending(user, timedelta(days=-1)),
    SampleKind.EXPIRING: lambda user: _ending(user, timedelta(seconds=3.5)),
    SampleKind.REVOKED: _logged_out,
    SampleKind.INACTIVE_USER: _inactive,
    SampleKind.DELETED_USER: _deleted,
    SampleKind.PASSWORD_CHANGED: _password_changed,
    SampleKind.NO_USER: _anonymous,
}
