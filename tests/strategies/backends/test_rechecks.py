"""What each backend makes of an identity that a live connection has, once something has changed behind its back.

Whatever signals say: none is listened to here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session as SessionRow
from django.db import OperationalError
from rest_framework.authtoken.models import Token

from strategies.backend import Backend, Identity, may_authenticate
from strategies.backends.authtoken import AuthToken
from strategies.backends.session import Session
from strategies.backends.simplejwt import SimpleJWT
from strategies.backends.ticket import Ticket
from strategies.conformance.contender import make_user
from strategies.refusal import Refused

pytestmark = pytest.mark.django_db(transaction=True)

Change = Callable[[Any], Awaitable[object]]
BACKENDS: list[Backend] = [AuthToken(), SimpleJWT(), SimpleJWT(stateless=True), Session(), Ticket()]
ASKS = [one for one in BACKENDS if not getattr(one, "stateless", False)]


def rows(user: Any) -> Any:
    return get_user_model().objects.filter(pk=user.pk)


async def nothing(_: Any) -> None: ...


async def deactivated(user: Any) -> None:
    await rows(user).aupdate(is_active=False)


async def deleted(user: Any) -> None:
    await rows(user).adelete()


async def without_its_token(user: Any) -> None:
    await Token.objects.filter(user=user).adelete()


async def without_sessions(_: Any) -> None:
    await SessionRow.objects.all().adelete()


async def another_password(user: Any) -> None:
    await rows(user).aupdate(password="another")


def name(value: Any) -> str:
    return getattr(value, "__name__", type(value).__name__)


async def lives_on(backend: Backend, change: Change) -> bool:
    """Whether the identity of a user to whom something happens is still good. Another's always is."""
    users = [await make_user(), await make_user()]
    identities = [await backend.verify(await backend.issue(user)) for user in users]
    await change(users[0])
    found, other = await backend.recheck(identities)
    if change is not without_sessions:
        assert isinstance(other, Identity)
        assert other.user == identities[1].user
    if isinstance(found, Refused):
        return False
    try:
        may_authenticate(found.user)
    except Refused:
        return False
    return True


@pytest.mark.parametrize("backend", BACKENDS, ids=name)
async def test_what_is_as_it_was_lives_on(backend: Backend) -> None:
    assert await lives_on(backend, nothing)


@pytest.mark.parametrize("change", [deactivated, deleted], ids=name)
@pytest.mark.parametrize("backend", ASKS, ids=name)
async def test_a_user_who_is_gone_or_deactivated_ends_it(backend: Backend, change: Change) -> None:
    assert not await lives_on(backend, change)


async def test_stateless_nobody_is_asked() -> None:
    assert await lives_on(SimpleJWT(stateless=True), deactivated)


@pytest.mark.parametrize(
    ("backend", "change"),
    [(AuthToken(), without_its_token), (Session(), without_sessions), (Session(), another_password)],
    ids=name,
)
async def test_a_credential_that_is_gone_ends_it(backend: Backend, change: Change) -> None:
    assert not await lives_on(backend, change)


@pytest.mark.parametrize("backend", ASKS, ids=name)
async def test_a_database_that_is_away_is_no_answer(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    identity = await backend.verify(await backend.issue(await make_user()))

    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("away")

    monkeypatch.setattr("django.db.models.sql.compiler.SQLCompiler.execute_sql", away)
    with pytest.raises(OperationalError):
        await backend.recheck([identity])
