"""What applications see: the present facts, and no way to change them."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from strategies.backend import Identity
from strategies.lifecycle.auth import Auth, renew
from tests.strategies.toys import User

IDENTITY = Identity(User(), 5.0, 4.0, "id", "cookie", "toy", "log-in", "c0ffee")


def test_tells_every_fact_that_is_for_applications() -> None:
    auth = Auth(IDENTITY)
    for field in fields(Identity):
        if field.name != "handle":
            assert getattr(auth, field.name) == getattr(IDENTITY, field.name)
    assert not hasattr(auth, "handle")
    assert repr(auth) == f"Auth({IDENTITY!r})"


@pytest.mark.parametrize("name", ["user", "expires_at", "identity", "anything"])
def test_is_read_only(name: str) -> None:
    with pytest.raises(AttributeError, match="read-only"):
        setattr(Auth(IDENTITY), name, None)


def test_the_same_object_tells_new_facts_after_a_refresh() -> None:
    auth = Auth(IDENTITY)
    kept = {"auth": auth}.copy()
    renew(auth, replace(IDENTITY, expires_at=9.0))
    assert kept["auth"].expires_at == 9.0
