"""What a backend is: it turns a credential into an identity, issues credentials and offers samples of them.

What does not live here: how a credential arrived (strategies) and what becomes of a live connection.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal

from channels.db import database_sync_to_async
from django.db.models import Model

from .deadline import Pulse
from .refusal import Reason, Refused


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is at the other end: `scope["auth"]`. Holds facts about the credential, never the credential."""

    user: Any
    expires_at: float | None = None
    """Unix time in seconds; None where the credential doesn't expire."""
    issued_at: float | None = None
    """Unix time in seconds; None where it isn't known."""
    token_id: str | None = None
    """Names the credential without being one (a `jti`, a digest): for logs and revocation."""
    strategy: str = ""
    backend: str = ""
    session: str | None = None
    """Names the log-in that the credential belongs to, where there is one: what a log-out takes back."""
    connection: str = ""
    """Names the connection: random, given by the gate."""
    handle: Any = field(default=None, repr=False, compare=False)
    """What the backend wants to have back at a re-check. The gate keeps it and hands no application any."""

    def connected(self, strategy: str, backend: str, connection: str) -> Identity:
        """The same on a connection of that name, for everybody: without the handle."""
        user, expires_at, issued_at = self.user, self.expires_at, self.issued_at
        return Identity(user, expires_at, issued_at, self.token_id, strategy, backend, self.session, connection)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a credential is presented, for backends that bind theirs to a place."""

    path: str = ""
    """The route, with the leading slash."""
    origin: str | None = None
    """The page, as `scheme://host:port` in lower case; None for a client that is no browser."""


class SampleKind(StrEnum):
    """The kinds of credential a backend can be asked for. One it has no such thing of is `NotApplicable`."""

    VALID = "valid"
    UNKNOWN = "unknown"
    MALFORMED = "malformed"
    TAMPERED = "tampered"
    EXPIRED = "expired"
    EXPIRING = "expiring"
    """Good for another three or four seconds."""
    NOT_YET_VALID = "not yet valid"
    NO_EXPIRY = "no expiry"
    REVOKED = "revoked"
    INACTIVE_USER = "inactive user"
    DELETED_USER = "deleted user"
    PASSWORD_CHANGED = "password changed"  # noqa: S105  a kind, not a password
    REFRESH_AS_ACCESS = "refresh as access"
    ALG_NONE = "alg=none"
    EMPTY_SIGNATURE = "empty signature"
    OTHER_KEY = "another key"
    NO_USER = "no user"


class NotApplicable(Exception):
    """There is no such thing here, and why. Said aloud in every table, never skipped silently."""


@dataclass(frozen=True, slots=True)
class BackendTraits:
    """Facts about a backend that decide where it makes sense."""

    ambient: Literal["only", "allowed", "never"] = "allowed"
    """Whether its credential may, or may only, travel in a carrier that the browser attaches unasked."""
    why: str = ""
    """The reason for `only` or `never`, as the system check tells it."""
    one_time: bool = False
    """Whether a credential is used up by the first who presents it."""
    bound: bool = False
    """Whether `issue_at` makes a credential that is good at that place only."""
    caveat: str = ""
    """What the project's settings make of it that nobody may expect: the check `W002` tells it."""
    rechecked: bool = True
    """Whether a re-check notices what has happened to the user since."""


class Backend(ABC):
    """Turns a credential into an identity. Immutable after construction; shared by all connections.

    The gate adds the "user may authenticate" rule after every backend, so `verify` need not repeat it.
    """

    traits: BackendTraits = BackendTraits()

    @cached_property
    def pulse(self) -> Pulse:
        """How often it has answered, on whatever route: what tells a busy process from a backend that hangs."""
        return Pulse()

    @abstractmethod
    async def verify(self, token: str) -> Identity:
        """Who holds `token`; raises `Refused` for a bad one. Each call returns a user object of its own."""

    async def verify_at(self, token: str, place: Place) -> Identity:
        """The same for a credential presented at `place`. The gate calls this one; most backends don't care where."""
        return await self.verify(token)

    @abstractmethod
    async def issue(self, user: Any) -> str:
        """A fresh credential for `user`: for login views, tests and benchmarks."""

    async def issue_at(self, user: Any, place: Place) -> str:
        """The same, good at `place`."""
        return await self.issue(user)

    async def recheck(self, identities: Sequence[Identity]) -> Sequence[Identity | Refused]:
        """What has become of identities that live connections have: each as it is now, or why it is over.

        Answers in order; raises what stands for none of them, such as a database that is away. The credential is
        gone by now; `Identity.handle` is what `verify` has kept of it. This one asks for the users alone.
        """
        return await database_sync_to_async(_reloaded)(identities)

    def connect_signals(self) -> None:  # noqa: B027 (most have none)
        """Connects what is to call `revoke` when a credential of this backend's is taken back.

        Called once in every process, when the apps are loaded; give each receiver a `dispatch_uid`.
        """

    async def take_back(self, token: str) -> None:
        """What the project does to a good credential that is to be good no more: deletes it, logs it out.

        For the cases about live connections. Raises `NotApplicable` where nobody can.
        """
        raise NotApplicable("the backend takes no credential back")

    async def sample(self, kind: SampleKind, user: Any) -> str:
        """A credential of a kind, for `user`, a saved row of its own that may be changed or deleted.

        A backend with more kinds than these overrides it and falls back on this. Raises `NotApplicable`.
        """
        make = _GENERIC_SAMPLES.get(kind)
        if make is None:
            raise NotApplicable(f"the backend has no credential of the kind {kind.value!r}")
        return make(await self.issue(user))


def may_authenticate(user: Any) -> None:
    """The rule after every backend: authenticated and not deactivated [Django's `user_can_authenticate`].

    Raises `Refused`: INVALID for no user or an anonymous one, INACTIVE for a deactivated one.
    """
    if getattr(user, "is_authenticated", False) is not True:
        raise Refused(Reason.INVALID)
    if not getattr(user, "is_active", True):
        raise Refused(Reason.INACTIVE)


def _reloaded(identities: Sequence[Identity]) -> list[Identity | Refused]:
    models = {type(one.user) for one in identities if isinstance(one.user, Model)}
    present = {
        model: model._base_manager.in_bulk({one.user.pk for one in identities if type(one.user) is model})
        for model in models
    }
    return [_as_reloaded(one, present.get(type(one.user))) for one in identities]


def _as_reloaded(identity: Identity, present: dict[Any, Model] | None) -> Identity | Refused:
    """`present`: the rows of the user's model; None for a user that is no row."""
    if present is None:
        return identity
    user = present.get(identity.user.pk)
    return Refused(Reason.INVALID) if user is None else replace(identity, user=user)


def digest(secret: str) -> str:
    """A name for a credential of high entropy that can't be turned back into it: 128 bits, hexadecimal."""
    return hashlib.sha256(b"token id " + secret.encode()).hexdigest()[:32]


def tampered(token: str) -> str:
    """The same credential with its middle character exchanged for another of its kind.

    The middle, since the last character of base64 text may carry bits that nobody reads.
    """
    middle = len(token) // 2
    other = {"0": "1", "A": "B"}.get(token[middle], "0" if token[middle].isdigit() else "A")
    return token[:middle] + other + token[middle + 1 :]


_GENERIC_SAMPLES: dict[SampleKind, Callable[[str], str]] = {
    SampleKind.VALID: lambda token: token,
    SampleKind.MALFORMED: lambda token: "not~a~credential",
    SampleKind.TAMPERED: tampered,
}
