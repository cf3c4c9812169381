"""Revocations and identities meet by what both name, so that a mass log-out costs nobody a look at all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..backend import Identity
from ..journal import Revocation, session_names, token_name
from .index import Key

ANYBODY: Key = ("", "")


def key_of(one: Revocation) -> Key:
    """The narrowest thing that it names; ANYBODY where it names nobody."""
    named = (("connection", one.connection), ("token", one.token_id), ("session", one.session), ("user", one.user))
    return next((key for key in named if key[1]), ANYBODY)


def keys_of(identity: Identity) -> list[Key]:
    """By which a revocation may find it, apart from the name of its connection."""
    user = getattr(identity.user, "pk", None)
    keys = [("session", name) for name in session_names(identity)]
    if identity.token_id:
        keys.append(("token", token_name(identity)))
    if user is not None:
        keys.append(("user", str(user)))
    return keys


class Taken:
    """What was found in one look into the journal: shared by all verifications that were under way."""

    def __init__(self, revocations: Iterable[Revocation]) -> None:
        self._by: dict[Key, list[Revocation]] = {}
        for one in revocations:
            self._by.setdefault(key_of(one), []).append(one)

    def about(self, identity: Identity) -> Iterator[Revocation]:
        """Those that may concern who has no connection yet."""
        for key in (*keys_of(identity), ANYBODY):
            yield from self._by.get(key, ())
