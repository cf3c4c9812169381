"""Revocations and identities meet by what both name, so that a mass log-out costs nobody a look at all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..backend import Identity
from ..journal import Revocation, session_names, token_name
from .index import Key, key

ANYBODY = key("", "")


def key_of(one: Revocation) -> Key:
    """The narrowest thing that it names; ANYBODY where it names nobody."""
    named = (("connection", one.connection), ("token", one.token_id), ("session", one.session), ("user", one.user))
    return next((key(kind, name) for kind, name in named if name), ANYBODY)


def keys_of(identity: Identity) -> tuple[Key, ...]:
    """By which a revocation may find it, apart from the name of its connection."""
    keys = [key("session", name) for name in session_names(identity)]
    if identity.token_id:
        keys.append(key("token", token_name(identity)))
    user = getattr(identity.user, "pk", None)
    if user is not None:
        keys.append(key("user", str(user)))
    return tuple(keys)


class Taken:
    """What was found in one look into the journal: shared by all verifications that were under way."""

    def __init__(self, revocations: Iterable[Revocation]) -> None:
        self._by: dict[Key, list[Revocation]] = {}
        for one in revocations:
            self._by.setdefault(key_of(one), []).append(one)

    def about(self, identity: Identity) -> Iterator[Revocation]:
        """Those that may concern who has no connection yet."""
        for one in (*keys_of(identity), ANYBODY):
            yield from self._by.get(one, ())
