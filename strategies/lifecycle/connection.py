"""One live connection: it warns, takes a fresh credential, and ends once.

Rules of this file: whoever ends it first decides the reason; after that nothing of it has an effect. A fresh
credential never changes who is there and never shortens what is left; one that can't be judged
changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import replace
from typing import Any, Protocol

from django.dispatch import Signal

from .. import messages
from ..audit import fields, security_log
from ..backend import Backend, Identity, Place, may_authenticate
from ..policy import Policy
from ..refusal import Reason, Refused
from ..signals import announce, connection_expired, connection_refreshed, connection_revoked
from ..strategy import Traits
from ..threads import own_thread
from ..wire import Event, Message, Wire
from .auth import Auth, renew
from .clock import Clock, Timer
from .index import Key
from .taken import keys_of

FAREWELL = 5.0
"""Seconds for the last words to a peer that may not be reading any more."""
_SIGNALS = {Reason.WITHDRAWN: connection_revoked, Reason.EXPIRED: connection_expired}
_TRANSIENT = (Reason.UNAVAILABLE, Reason.INTERNAL)
"""What says nothing about the credential."""


class Home(Protocol):
    """What a connection needs of the hub."""

    clock: Clock

    async def admit(self, verification: Awaitable[Identity], began: float, backend: Backend) -> Identity:
        """What comes of a verification, unless it was taken back meanwhile. Raises `Refused`."""
        ...

    def remove(self, connection: Connection) -> None: ...

    def moved(self, connection: Connection, before: Iterable[Key]) -> None:
        """The connection has other keys than `before`, and another end."""
        ...

    def run(self, work: Awaitable[None]) -> asyncio.Task[None]:
        """Does something that nobody has to wait for; it raises nothing."""
        ...


class Connection:
    """What the gate keeps of a connection that it has let in."""

    __slots__ = (
        "__weakref__",
        "_accepts_first",
        "_address",
        "_ambient",
        "_farewell",
        "_handle",
        "_home",
        "_place",
        "_refreshes",
        "_timer",
        "_wire",
        "auth",
        "backend",
        "began",
        "closes_at",
        "ended",
        "expires_at",
        "keys",
        "policy",
    )

    def __init__(
        self,
        identity: Identity,
        handle: Any,
        *,
        began: float,
        place: Place,
        address: str,
        traits: Traits,
        backend: Backend,
        policy: Policy,
        wire: Wire,
        home: Home,
    ) -> None:
        """`identity`: as applications see it; `handle`: what the backend wants to have back; `began`: when its
        verification did, Unix time; `address`: the peer's, for log and signals."""
        self.auth = Auth(identity)
        self.keys = keys_of(identity)
        self.began = began
        self.backend = backend
        self.policy = policy
        self.ended: Reason | None = None
        self._handle = handle
        self._place = place
        self._address = address
        self._ambient = traits.ambient
        self._accepts_first = traits.accepts_first
        self._wire = wire
        self._home = home
        self._timer: Timer | None = None
        self._refreshes: tuple[float, int] | None = None
        self._farewell: asyncio.Task[None] | None = None
        self.expires_at: float | None
        self.closes_at: float | None
        self._reckon()

    @property
    def identity(self) -> Identity:
        return self.auth.identity

    @property
    def for_backend(self) -> Identity:
        """The identity as its backend wants to have it back."""
        return self.identity if self._handle is None else replace(self.identity, handle=self._handle)

    @property
    def name(self) -> str:
        return self.identity.connection

    # ── its life ─────────────────────────────────────────────────────────────────────────────

    def _reckon(self) -> None:
        """When its credential or its age is over, and when it is closed, Unix time; an age has no grace."""
        expiry, age = self.identity.expires_at, self.policy.max_age
        self.expires_at, self.closes_at = expiry, None if expiry is None else expiry + self.policy.expiry_grace
        if age is not None:
            oldest = self.began + age
            self.expires_at = oldest if expiry is None else min(expiry, oldest)
            self.closes_at = oldest if self.closes_at is None else min(self.closes_at, oldest)

    @property
    def life(self) -> float | None:
        """Seconds until its credential or its age is over."""
        return None if self.expires_at is None else self.expires_at - self._home.clock.now()

    @property
    def over(self) -> bool:
        return self.closes_at is not None and self.closes_at <= self._home.clock.now()

    def start(self) -> None:
        """Sets its timer, anew after a refresh: for the warning first, then for the end."""
        self.stop()
        life = self.life
        if life is not None and self.expires_at is not None and self.policy.announce:
            notice = self.expires_at - messages.margin(life, self.policy.expiry_notice)
            self._timer = self._home.clock.call_at(notice, self._warn)
        else:
            self._await_end()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _await_end(self) -> None:
        if self.closes_at is not None:
            self._timer = self._home.clock.call_at(self.closes_at, self._expire)

    async def leave(self) -> None:
        """The application is through with it; a farewell that is being said is said first."""
        self._home.remove(self)
        if self._farewell is not None:
            await self._farewell

    def end(self, reason: Reason) -> None:
        """Ends it, once: nothing passes from this moment on, and the peer is told why."""
        if self.ended is not None or not self._wire.cut(reason):
            return
        self.ended = reason
        self.stop()
        self._farewell = self._home.run(self._say_farewell(reason))

    async def _say_farewell(self, reason: Reason) -> None:
        try:
            async with asyncio.timeout(FAREWELL):
                await self._wire.refuse(reason)
        except TimeoutError:
            security_log.info("a peer did not take its farewell: %s", reason.label, extra=self._logged(reason))
        path = messages.printable(self._place.path)
        security_log.info("ended: %s on %s", reason.label, path, extra=self._logged(reason))
        if reason in _SIGNALS:
            await self._announce(_SIGNALS[reason], reason)

    def _logged(self, reason: Reason) -> dict[str, object]:
        """The fields of its log records: those of a refusal, and who it was."""
        identity = self.identity
        return {
            **fields(reason, strategy=identity.strategy, backend=identity.backend, client_address=self._address),
            "user": str(getattr(identity.user, "pk", None)),
            "connection": identity.connection,
        }

    async def _announce(self, signal: Signal, reason: Reason | None = None) -> None:
        path, address = self._place.path, messages.plain(self._address)
        await announce(signal, identity=self.identity, path=path, client_address=address, reason=reason)

    def _expire(self) -> None:
        if self.over:
            self.end(Reason.EXPIRED)
        else:
            self._await_end()  # the wall clock was set back

    def _warn(self) -> None:
        self._home.run(self._wire.notify(messages.expiring(self.life or 0.0)))
        self._await_end()

    # ── its messages ─────────────────────────────────────────────────────────────────────────

    def reserved(self, event: Event) -> Message | None:
        """The message, if a frame of the peer's is the gate's: a second `auth` too, on a route that takes a first."""
        text = event.get("text")
        if text is None or len(text) > self.policy.max_message_bytes:
            return None
        return messages.reserved(text, auth=self._accepts_first, notices=self.policy.refreshes_per_minute > 0)

    async def take(self, message: Message) -> None:
        """A message of the peer's that is the gate's."""
        match message["type"]:
            case "auth.refresh":
                await self._refresh(message)
            case "auth":
                self.end(Reason.SECOND_AUTH)
            case _:
                self.end(Reason.BAD_MESSAGE)

    async def _refresh(self, message: Message) -> None:
        now = self._home.clock.now()
        since, count = self._refreshes or (now, 0)
        if now - since >= 60:
            since, count = now, 0
        self._refreshes = (since, count + 1)
        if count >= self.policy.refreshes_per_minute:
            self.end(Reason.RATE_LIMITED)
            return
        try:
            fresh = await self._judged(message)
        except Refused as refused:
            if refused.reason in _TRANSIENT:
                await self._wire.notify(messages.error(refused.reason))
            else:
                self.end(refused.reason)
            return
        if self.ended is None:
            self.renew(fresh)
            await self._wire.notify(messages.ok(self.life, self.policy.expiry_notice))
            await self._announce(connection_refreshed)

    async def _judged(self, message: Message) -> Identity:
        """Whom a fresh credential speaks for. Raises `Refused`; UNAVAILABLE or INTERNAL when that can't be told."""
        try:
            async with asyncio.timeout(self.policy.handshake_deadline) as timer:
                began = self._home.clock.now()
                with own_thread():
                    fresh = await self._home.admit(self._asked(message), began, self.backend)
            if not isinstance(fresh, Identity):
                raise TypeError("a backend must return an Identity")
        except TimeoutError:
            if timer.expired():
                raise Refused(Reason.UNAVAILABLE) from None
            raise Refused(Reason.INTERNAL) from None
        except Refused:
            raise
        except Exception as error:
            # Neither the text nor the traceback of a foreign error is kept: both may hold the secret.
            security_log.warning("a refresh failed: %s", type(error).__name__, extra=self._logged(Reason.INTERNAL))
            raise Refused(Reason.INTERNAL) from None
        may_authenticate(fresh.user)
        if not same_user(self.identity.user, fresh.user):
            raise Refused(Reason.OTHER_IDENTITY)
        return fresh

    async def _asked(self, message: Message) -> Identity:
        if "token" not in message and self._ambient:  # the browser keeps it, and no script sends it
            return await reread(self.backend, self.for_backend)
        token = messages.token_of(message)
        largest = self.policy.max_credential_bytes
        if len(token) > largest or len(token.encode()) > largest:
            raise Refused(Reason.OVERSIZE)
        return await self.backend.verify_at(token, self._place)

    def renew(self, fresh: Identity) -> None:
        """The same user by a fresh credential; one that would end sooner than the present one changes nothing."""
        if _ends(fresh) >= _ends(self.identity):
            self.update(fresh)

    def update(self, fresh: Identity) -> None:
        """The same identity as its backend sees it now."""
        before, keys = self.identity, self.keys
        identity = fresh.connected(before.strategy, before.backend, before.connection)
        if identity == before and fresh.handle == self._handle:
            return
        self._handle = fresh.handle
        renew(self.auth, identity)
        self.keys = keys_of(identity)
        self._reckon()
        self._home.moved(self, keys)


async def reread(backend: Backend, identity: Identity) -> Identity:
    """The identity as its backend sees it now. Raises `Refused`."""
    with own_thread():
        (now,) = await backend.recheck([identity])
    if isinstance(now, Refused):
        raise now
    return now


def same_user(one: Any, other: Any) -> bool:
    """Whether two user objects are the same user: by class and primary key, or by name where there is none."""
    if type(one) is not type(other):
        return False
    keys = getattr(one, "pk", None), getattr(other, "pk", None)
    if None not in keys:
        return keys[0] == keys[1]
    names = getattr(one, "username", None), getattr(other, "username", None)
    return None not in names and names[0] == names[1]


def _ends(identity: Identity) -> float:
    return float("inf") if identity.expires_at is None else identity.expires_at
