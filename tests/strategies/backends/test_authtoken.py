"""DRF's tokens: what DRF says of them, for the price of one query."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from rest_framework.authentication import BasicAuthentication, TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed

from strategies.backend import Backend, Identity, NotApplicable, SampleKind, digest
from strategies.backends.authtoken import AuthToken
from strategies.conformance.attempt import encodings
from strategies.conformance.contender import make_user
from strategies.conformance.probe import leaves
from strategies.refusal import Reason, Refused
from tests.strategies.backends.verdicts import queries, verdict
from tests.strategies.hostile import TOKENS

SAMPLES: dict[SampleKind, Reason | None] = {  # None: gets in
    SampleKind.VALID: None,
    SampleKind.UNKNOWN: Reason.INVALID,
    SampleKind.MALFORMED: Reason.INVALID,
    SampleKind.TAMPERED: Reason.INVALID,
    SampleKind.REVOKED: Reason.INVALID,
    SampleKind.INACTIVE_USER: Reason.INACTIVE,
    SampleKind.DELETED_USER: Reason.INVALID,
}


@pytest.mark.parametrize(("kind", "reason"), SAMPLES.items(), ids=SAMPLES)
async def test_a_sample_is_what_it_says(kind: SampleKind, reason: Reason | None) -> None:
    user, backend = await make_user(), AuthToken()
    found = await verdict(backend, await backend.sample(kind, user))
    assert (found.user if isinstance(found, Identity) else found) == (reason or user)


@pytest.mark.parametrize("kind", [kind for kind in SampleKind if kind not in SAMPLES])
async def test_other_kinds_do_not_apply(kind: SampleKind) -> None:
    with pytest.raises(NotApplicable, match=kind.value):
        await AuthToken().sample(kind, await make_user())


async def test_identity() -> None:
    user, backend = await make_user(), AuthToken()
    token = await backend.issue(user)
    row = await Token.objects.aget(user=user)
    assert token == row.key
    assert await backend.verify(token) == Identity(user, None, row.created.timestamp(), digest(token))
    assert await backend.issue(user) == token, "a user has one"


async def test_nothing_of_the_key_is_left() -> None:
    backend = AuthToken()
    token = await backend.issue(await make_user())
    identity = await backend.verify(token)
    texts = leaves({"user": identity.user, "auth": identity, "dict": vars(identity.user)})
    assert identity.user.username in texts
    assert not [how for how, spelling in encodings(token).items() if any(spelling in text for text in texts)]
    assert identity.user._state.fields_cache == {}


async def test_each_call_has_a_user_of_its_own() -> None:
    backend = AuthToken()
    token = await backend.issue(await make_user())
    found = await asyncio.gather(*(backend.verify(token) for _ in range(20)))
    assert len({id(identity.user) for identity in found}) == 20
    assert len({id(identity.user._state) for identity in found}) == 20


async def test_many_at_once_are_each_themselves() -> None:
    backend = AuthToken()
    users = [await make_user() for _ in range(20)]
    tokens = [await backend.issue(user) for user in users]
    found = await asyncio.gather(*(backend.verify(token) for token in tokens))
    assert [identity.user for identity in found] == users


@pytest.mark.parametrize(
    ("kind", "at_most"), [(SampleKind.VALID, 1), (SampleKind.UNKNOWN, 1), (SampleKind.INACTIVE_USER, 1)]
)
async def test_queries(kind: SampleKind, at_most: int) -> None:
    backend = AuthToken()
    token = await backend.sample(kind, await make_user())
    assert len(await queries(backend.verify(token))) <= at_most


@given(token=TOKENS)
async def test_no_other_text_gets_in(token: str) -> None:
    with pytest.raises(Refused, match="invalid"):
        await AuthToken().verify(token)


@pytest.mark.parametrize("token", ["\u00e9", "\u0660" * 40, "\ud800"], ids=ascii)
async def test_what_is_no_ascii_is_not_looked_up(token: str) -> None:
    assert await queries(AuthToken().verify(token)) == []


# ── a subclass of DRF's ──────────────────────────────────────────────────────────────────────────


class Ageing(TokenAuthentication):
    """The usual recipe for tokens that expire."""

    def authenticate_credentials(self, key: str) -> Any:
        user, token = super().authenticate_credentials(key)
        if token.created < timezone.now() - timedelta(hours=1):
            raise AuthenticationFailed("Token has expired")
        return user, token


class Undated:
    """A row that doesn't say when it was made."""


class Dateless(TokenAuthentication):
    def authenticate_credentials(self, key: str) -> Any:
        return super().authenticate_credentials(key)[0], Undated()


async def test_a_subclass_has_the_say() -> None:
    backend = AuthToken(authentication=Ageing)
    user = await make_user()
    token = await backend.issue(user)
    assert (await backend.verify(token)).user == user
    await Token.objects.filter(key=token).aupdate(created=timezone.now() - timedelta(hours=2))
    assert await verdict(backend, token) is Reason.INVALID


async def test_a_row_without_a_date() -> None:
    backend = AuthToken(Dateless)
    assert (await backend.verify(await backend.issue(await make_user()))).issued_at is None


def test_a_dotted_path() -> None:
    assert AuthToken("rest_framework.authentication.TokenAuthentication").authentication is TokenAuthentication


@pytest.mark.parametrize(
    ("authentication", "error"),
    [
        (BasicAuthentication, ValueError),
        ("rest_framework.authentication.BasicAuthentication", ValueError),
        (TokenAuthentication(), ValueError),
        (None, ValueError),
        (5, ValueError),
        ("rest_framework.authentication.Missing", ImportError),
        ("TokenAuthentication", ImportError),
    ],
)
def test_nothing_else_authenticates(authentication: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"must be a TokenAuthentication|(?i:module|import)"):
        AuthToken(authentication)


def test_it_may_travel_anywhere() -> None:
    assert AuthToken().traits == Backend.traits
