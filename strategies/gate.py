"""The gate: ASGI middleware that joins a strategy, a backend and a policy in front of an application.

The promise: no identity, no inner application. What runs inside gets `scope["user"]`, `scope["auth"]`
and nothing of the secret. Everything unforeseen fails closed, here and only here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace

from .backend import Backend, Identity, Place, may_authenticate
from .flow import Credential
from .handshake import Handshake, Scope
from .messages import unsafe
from .policy import Policy
from .refusal import Reason, Refused
from .strategy import Strategy
from .wire import App, Gone, Receiver, Sender, Wire

security_log = logging.getLogger("wsauth.security")


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

    def __post_init__(self) -> None:
        if self.strategy.traits.ambient and self.policy.origins is None:
            raise ValueError("an ambient credential needs ORIGINS: without them any page could use it")

    async def __call__(self, scope: Scope, receive: Receiver, send: Sender) -> None:
        if scope["type"] != "websocket":
            raise ValueError(f"a gate guards WebSocket routes, not {scope['type']!r}")
        clean = self._scrubbed(scope)
        wire = self._wire(scope, clean, receive, send)
        reason = Reason.INTERNAL
        identity: Identity | None = None
        try:
            await wire.connect()
            try:
                identity = await self._authenticate(scope, clean, wire)
            except Refused as refused:
                reason = refused.reason
                self._log_refusal(clean, reason)
            except Gone:
                raise
            except Exception as error:
                # Neither the text nor the traceback of a foreign error is kept: both may hold the secret.
                self._log_failure(clean, error)
            del scope  # an error tracker that copies this frame's locals finds no secret
            if identity is None:
                await wire.refuse(reason)
                return
            await wire.welcome(identity.expires_at)
            inner = {**clean, "user": identity.user, "auth": identity}
            await self.app(inner, wire.receive, wire.send)
        except Gone:
            return
        finally:
            wire.abandon()

    def _scrubbed(self, scope: Scope) -> Scope:
        """The scope without the secret; without anything, when the strategy fails at that: see `_authenticate`."""
        try:
            clean = self.strategy.scrub(scope)
        except Exception:
            return {}
        return clean if isinstance(clean, dict) else {}

    def _wire(self, scope: Scope, clean: Scope, receive: Receiver, send: Sender) -> Wire:
        traits = self.strategy.traits
        return Wire(
            receive,
            send,
            self.policy,
            echo=self._echo(scope, clean),
            names_protocol=traits.in_subprotocol,
            denial="websocket.http.response" in (scope.get("extensions") or {}),
            one_auth=traits.accepts_first,
        )

    def _echo(self, scope: Scope, clean: Scope) -> str | None:
        """The first offered subprotocol in which no configured strategy sees a credential: it goes into the answer."""
        try:
            names = clean.get("subprotocols")
            return next(filter(self._is_harmless, _as_written(names, scope)), None) if names else None
        except Exception:
            return None  # a stranger's strategy that fails at this: nothing is named

    def _is_harmless(self, name: str) -> bool:
        alone = Handshake(path="", subprotocols=(name,))
        return "%" not in name and not any(rival.carries(alone) for rival in self.rivals)

    async def _authenticate(self, scope: Scope, clean: Scope, wire: Wire) -> Identity:
        traits, policy = self.strategy.traits, self.policy
        if not clean:
            raise TypeError("a strategy must be able to scrub any scope")
        handshake, rest = Handshake.from_scope(scope), Handshake.from_scope(clean)
        policy.admit_origin(handshake, ambient=traits.ambient)
        late = Reason.TIMEOUT
        try:
            async with asyncio.timeout(policy.deadline if traits.accepts_first else policy.handshake_deadline) as timer:
                credential = await wire.run(self.strategy.server(handshake))
                self._admit(credential, rest)
                late = Reason.UNAVAILABLE
                place = Place(handshake.path, handshake.origin)
                identity = await wire.listening(self.backend.verify_at(credential.token, place), timer)
                await wire.settle()
        except TimeoutError:
            wire.undisturbed()
            if timer.expired():
                raise Refused(late) from None
            raise
        if not isinstance(identity, Identity):
            raise TypeError("a backend must return an Identity")
        may_authenticate(identity.user)
        return replace(identity, strategy=self.strategy_name, backend=self.backend_name)

    def _admit(self, credential: Credential, rest: Handshake) -> None:
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

    def _log_refusal(self, scope: Scope, reason: Reason) -> None:
        security_log.info(
            "refused: %s on %s", reason.label, _printable(scope.get("path")), extra=self._facts(scope, reason)
        )

    def _log_failure(self, scope: Scope, error: Exception) -> None:
        security_log.error(
            "failed closed: %s on %s",
            type(error).__name__,
            _printable(scope.get("path")),
            extra=self._facts(scope, Reason.INTERNAL),
        )

    def _facts(self, scope: Scope, reason: Reason) -> dict[str, object]:
        return {
            "reason": reason.name,
            "strategy": self.strategy_name,
            "backend": self.backend_name,
            "client_address": _printable((scope.get("client") or ("",))[0]),
        }


def _as_written(names: Iterable[str], scope: Scope) -> list[str]:
    """The subprotocols that the request offers in just these letters, as far as it can still be read.

    daphne decodes `%XX` in what it puts into the scope, and fails when such a name is answered.
    """
    lines = Handshake.from_scope(scope).header(b"sec-websocket-protocol")
    written = {one.strip() for line in lines for one in line.split(b",")}
    return [name for name in names if not written or name.encode() in written]


def _printable(text: object) -> str:
    """For a log line: control characters and everything beyond ASCII escaped, 200 characters at most."""
    return ascii(str(text)[:200])
