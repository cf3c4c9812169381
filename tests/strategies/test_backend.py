"""What a backend is: identities, samples by kind, and the rule after every backend."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.backend import (
    Backend,
    BackendTraits,
    Identity,
    NotApplicable,
    Place,
    SampleKind,
    digest,
    may_authenticate,
    tampered,
)
from strategies.refusal import Reason, Refused
from tests.strategies.hostile import TOKENS
from tests.strategies.toys import TOKEN, Toy, User

# ── who may authenticate ─────────────────────────────────────────────────────────────────────────


class Shy:
    @property
    def is_authenticated(self) -> bool:
        raise RuntimeError("no answer")


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        (None, Reason.INVALID),
        pytest.param(AnonymousUser(), Reason.INVALID, id="anonymous"),
        (User(is_authenticated=False), Reason.INVALID),
        (User(is_authenticated=1), Reason.INVALID),
        (User(is_authenticated="yes"), Reason.INVALID),
        # As before Django 2.0; always true.
        pytest.param(User(is_authenticated=lambda: True), Reason.INVALID, id="is_authenticated is a method"),
        (User(is_authenticated=False, is_active=False), Reason.INVALID),
        ("ada", Reason.INVALID),
        pytest.param(object(), Reason.INVALID, id="an object"),
        (User(is_active=False), Reason.INACTIVE),
        (User(is_active=None), Reason.INACTIVE),
        (User(is_active=0), Reason.INACTIVE),
    ],
    ids=repr,
)
def test_may_not_authenticate(user: Any, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        may_authenticate(user)
    assert refused.value.reason is reason


@pytest.mark.parametrize("user", [User(), SimpleNamespace(is_authenticated=True)], ids=repr)
def test_may_authenticate(user: Any) -> None:
    may_authenticate(user)


def test_a_user_that_cannot_say_is_nobody_we_let_in() -> None:
    with pytest.raises(RuntimeError):
        may_authenticate(Shy())


# ── samples ──────────────────────────────────────────────────────────────────────────────────────

GENERIC = {SampleKind.VALID: TOKEN, SampleKind.MALFORMED: "not~a~credential", SampleKind.TAMPERED: tampered(TOKEN)}


@pytest.mark.parametrize("kind", SampleKind)
async def test_three_kinds_can_be_had_of_any_backend(kind: SampleKind) -> None:
    if kind in GENERIC:
        assert await Toy().sample(kind, User()) == GENERIC[kind]
    else:
        with pytest.raises(NotApplicable, match=repr(kind.value)):
            await Toy().sample(kind, User())


@given(TOKENS)
def test_tampered_differs_in_one_character(token: str) -> None:
    other = tampered(token)
    assert len(other) == len(token)
    assert sum(one != two for one, two in zip(token, other, strict=True)) == 1


@pytest.mark.parametrize(
    ("token", "other"), [("1", "0"), ("0", "1"), ("a", "A"), ("A", "B"), ("-", "A"), ("ab0", "aA0")]
)
def test_tampered_keeps_the_kind_of_character(token: str, other: str) -> None:
    assert tampered(token) == other


# ── values ───────────────────────────────────────────────────────────────────────────────────────


@given(TOKENS, TOKENS)
def test_digest_names_without_telling(one: str, other: str) -> None:
    assert digest(one) == digest(one)
    assert (digest(one) == digest(other)) is (one == other)
    assert len(digest(one)) == 32
    assert int(digest(one), 16) >= 0


def test_identity_cannot_be_changed() -> None:
    identity = Identity(User())
    with pytest.raises(FrozenInstanceError):
        identity.user = User("eve")  # type: ignore[misc]
    assert replace(identity, strategy="cookie") == Identity(identity.user, strategy="cookie")


def test_nothing_is_assumed_of_a_backend() -> None:
    assert Backend.traits == BackendTraits(ambient="allowed", why="")


@pytest.mark.parametrize("missing", ["verify", "issue"])
def test_a_backend_verifies_and_issues(missing: str) -> None:
    methods = {name: getattr(Toy, name) for name in ("verify", "issue") if name != missing}
    with pytest.raises(TypeError, match=missing):
        type("Incomplete", (Backend,), methods)()


@given(st.sampled_from(SampleKind))
@settings(max_examples=20)
def test_kinds_read_as_words(kind: SampleKind) -> None:
    assert str(kind) == kind.value


async def test_most_backends_do_not_care_where() -> None:
    class Anywhere(Backend):
        async def verify(self, token: str) -> Identity:
            return Identity(token)

        async def issue(self, user: Any) -> str:
            return f"for {user}"

    place = Place("/ws/", "https://app.example")
    assert (await Anywhere().verify_at("x", place)).user == "x"
    assert await Anywhere().issue_at("ada", place) == "for ada"
