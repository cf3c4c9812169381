"""The gate: ASGI middleware that joins a strategy, a backend and a policy in front of an application.

The promise: no identity, no inner application. What runs inside gets `scope["user"]`, `scope["auth"]`
and nothing of the secret. Everything unforeseen fails closed, here and only here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from secrets import token_hex

from django.dispatch import Signal

from .audit import fields, security_log
from .backend import Backend, Identity, Place, may_authenticate
from .deadline import Deadline
from .flow import Credential
from .handshake import Handshake, Scope
from .lifecycle import hub
from .lifecycle.clock import SYSTEM, Clock
from .lifecycle.connection import Connection
from .lifecycle.hub import Hub
from .limits import UNLIMITED, Limits, Visit
from .messages import plain, printable, unsafe
from .naming import harmless_protocol
from .policy import Policy
from .refusal import Reason, Refused
from .signals import announce, connection_authenticated, connection_refused
from .strategy import Strategy
from .threads import own_thread
from .wire import App, Gone, Receiver, Sender, Wire

Hold = Callable[[Identity], Awaitable[None]]


@dataclass(frozen=True)
class Gate:
    """One route's middleware. Raises `ValueError` when its parts can't be joined safely."""

    app: App
    strategy: Strategy
    backend: Backend
    policy: Policy
    strategy_name: str = ""
    backend_name: str = ""
    rivals: tuple[Strategy, ...] = ()
    """The project's other strategies. A request that also carries a credential of an explicit one of them
    is refused [RFC 6750 §2]; ambient ones are ignored, since browsers add theirs unasked."""
    clock: Clock = SYSTEM
    """By which its connections expire."""
    limits: Limits = UNLIMITED
    """The process's, which all gates share."""

    def __post_init__(self) -> None:
        if self.strategy.traits.ambient and self.policy.origins is None:
            raise ValueError("an ambient credential needs ORIGINS: without them any page could use it")

    async def __call__(self, scope: Scope, receive: Receiver, send: Sender) -> None:
        if scope["type"] != "websocket":
            raise ValueError(f"a gate guards WebSocket routes, not {scope['type']!r}")
        clean = self._scrubbed(scope)
        wire = self._wire(scope, clean, receive, send)
        visit = self.limits.visit(scope)
        connection: Connection | None = None
        reason, retry_after = Reason.INTERNAL, None
        try:
            await wire.connect()
            try:
                visit.enter()
                connection = await self._let_in(scope, clean, wire, visit)
            except Refused as refused:
                reason, retry_after = refused.reason, refused.retry_after
                self._log_refusal(reason, clean, visit)
                await visit.failed(reason)
            except Gone:
                raise
            except Exception as error:
                # Neither the text nor the traceback of a foreign error is kept: both may hold the secret.
                self._log_failure(error, clean, visit)
            del scope  # an error tracker that copies this frame's locals finds no secret
            if connection is None:
                await wire.refuse(reason, retry_after)
                await _tell(connection_refused, clean, visit, reason=reason)
                return
            visit.leave()
            await wire.welcome(connection.life)
            await _tell(connection_authenticated, clean, visit, identity=connection.identity)
            if connection.ended is None:
                clean = {**clean, "user": connection.identity.user, "auth": connection.auth}
                await self.app(clean, wire.receive, wire.send)
        except Gone:
            return
        finally:
            visit.leave()
            if connection is not None:
                await connection.leave()
            wire.abandon()

    def _scrubbed(self, scope: Scope) -> Scope:
        """The scope without the secret; without anything, when the strategy fails at that: see `_authenticate`."""
        try:
            clean = self.strategy.scrub(scope)
        except Exception:
            return {}
        return clean if isinstance(clean, dict) else {}

    def _wire(self, scope: Scope, clean: Scope, receive: Receiver, send: Sender) -> Wire:
        return Wire(
            receive,
            send,
            self.policy,
            echo=harmless_protocol(clean.get("subprotocols"), scope, self.rivals),
            names_protocol=self.strategy.traits.in_subprotocol,
            denial="websocket.http.response" in (scope.get("extensions") or {}),
        )

    async def _let_in(self, scope: Scope, clean: Scope, wire: Wire, visit: Visit) -> Connection:
        """The connection, registered with its event loop's others. Raises `Refused`."""
        if not clean:
            raise TypeError("a strategy must be able to scrub any scope")
        handshake, rest = Handshake.from_scope(scope), Handshake.from_scope(clean)
        home, began = hub.current(self.clock), self.clock.now()
        with home.verifying() as missed:
            hold = partial(home.hold, missed=missed, began=began, backend=self.backend)
            identity = await self._authenticate(handshake, rest, wire, visit, hold)
            # Nothing is awaited from here to `add`: what is taken back now finds the connection there.
            connection = self._connection(identity, began, _place(handshake), wire, visit, home)
            if connection.over:
                raise Refused(Reason.EXPIRED)
            visit.joins(home.of(identity.user))
            wire.reserve(connection)
            home.add(connection)
        return connection

    def _connection(
        self, identity: Identity, began: float, place: Place, wire: Wire, visit: Visit, home: Hub
    ) -> Connection:
        return Connection(
            identity.connected(self.strategy_name, self.backend_name, token_hex(8)),
            identity.handle,
            began=began,
            place=place,
            address=visit.peer,
            traits=self.strategy.traits,
            backend=self.backend,
            policy=self.policy,
            wire=wire,
            home=home,
        )

    async def _authenticate(
        self, handshake: Handshake, rest: Handshake, wire: Wire, visit: Visit, hold: Hold
    ) -> Identity:
        """Whose request it is. Raises `Refused`. `rest`: the request without the credential; `hold` raises for what was
        taken back meanwhile."""
        traits, policy = self.strategy.traits, self.policy
        policy.admit_scheme(handshake)
        policy.admit_origin(handshake, ambient=traits.ambient)
        deadline = Deadline(policy.deadline if traits.accepts_first else policy.handshake_deadline, self.backend.pulse)
        credential = await wire.run(self.strategy.server(handshake), deadline)
        self._check(credential, rest)
        return await wire.listening(self._verified(credential.token, _place(handshake), wire, visit, hold), deadline)

    async def _verified(self, token: str, place: Place, wire: Wire, visit: Visit, hold: Hold) -> Identity:
        with own_thread():
            identity = await self.backend.verify_at(token, place)
        if not isinstance(identity, Identity):
            raise TypeError("a backend must return an Identity")
        may_authenticate(identity.user)
        await visit.recognised(identity.user)
        await wire.settle()
        await hold(identity)
        return identity

    def _check(self, credential: Credential, rest: Handshake) -> None:
        """What no backend needs to look at. `rest`: the request without the credential; sizes in bytes of UTF-8."""
        if any(rival.carries(rest) for rival in self.rivals if not rival.traits.ambient):
            raise Refused(Reason.AMBIGUOUS)
        token = credential.token
        if not token:
            raise Refused(Reason.MISSING)
        if unsafe(token):
            raise Refused(Reason.MALFORMED)
        if len(token) > self.policy.max_credential_bytes or len(token.encode()) > self.policy.max_credential_bytes:
            raise Refused(Reason.OVERSIZE)

    def _log_refusal(self, reason: Reason, scope: Scope, visit: Visit) -> None:
        where = printable(scope.get("path"))
        security_log.info("refused: %s on %s", reason.label, where, extra=self._fields(reason, visit))

    def _log_failure(self, error: Exception, scope: Scope, visit: Visit) -> None:
        where, extra = printable(scope.get("path")), self._fields(Reason.INTERNAL, visit)
        security_log.error("failed closed: %s on %s", type(error).__name__, where, extra=extra)

    def _fields(self, reason: Reason, visit: Visit) -> dict[str, object]:
        return fields(reason, strategy=self.strategy_name, backend=self.backend_name, client_address=visit.peer)


def _place(handshake: Handshake) -> Place:
    return Place(handshake.path, handshake.origin)


async def _tell(
    signal: Signal, scope: Scope, visit: Visit, *, identity: Identity | None = None, reason: Reason | None = None
) -> None:
    if signal.receivers:
        path, address = str(scope.get("path", "")), plain(visit.peer)
        await announce(signal, identity=identity, path=path, client_address=address, reason=reason)
