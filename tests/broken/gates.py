"""Broken gates: policies that are not kept, secrets that are left over, answers that are not the documented ones."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from strategies import messages
from strategies.backend import Identity
from strategies.gate import Gate
from strategies.handshake import Handshake, Scope
from strategies.policy import Policy
from strategies.refusal import Reason, Refused
from strategies.registry import Pair
from strategies.wire import App, Event, Message, Receiver, Sender, Taker, Wire

from .table import ANSWER, ERROR, EVERY, HAPPENS, IDENTITY, NO_ANSWER, REFUSAL, broken, checked, gated, ruled

# ── origins ──────────────────────────────────────────────────────────────────────────────────────

FOREIGN = {
    "foreign-origin", "sibling-origin", "null-origin", "suffix-origin", "host-suffix-origin",
    "prefix-origin", "userinfo-origin",
    "scheme-origin", "port-origin", "dot-origin", "path-origin", "forwarded-host",
}  # fmt: skip


class Loose(Policy):
    """Takes an Origin for an allowed one when `same` says so."""

    def admit_origin(self, handshake: Handshake, *, ambient: bool) -> None:
        try:
            super().admit_origin(handshake, ambient=ambient)
        except Refused:
            if handshake.origin is None or not any(self.same(handshake.origin, one) for one in self.origins or ()):
                raise

    @staticmethod
    def same(origin: str, allowed: str) -> bool:
        raise NotImplementedError


@broken("cookie/session", FOREIGN)
def forgets_the_origin(pair: Pair, app: App) -> App:
    class Any_(Loose):
        @staticmethod
        def same(origin: str, allowed: str) -> bool:
            return True

    return ruled(Any_, pair).guard(app)


@broken("cookie/session", {"suffix-origin", "userinfo-origin", "path-origin"})
def compares_the_beginning_of_the_origin(pair: Pair, app: App) -> App:
    class Prefix(Loose):
        same = staticmethod(str.startswith)

    return ruled(Prefix, pair).guard(app)


@broken("cookie/session", {"prefix-origin", "sibling-origin", "scheme-origin"})
def compares_the_end_of_the_origin(pair: Pair, app: App) -> App:
    class Suffix(Loose):
        @staticmethod
        def same(origin: str, allowed: str) -> bool:
            return origin.endswith(allowed.partition("://")[2])

    return ruled(Suffix, pair).guard(app)


@broken("cookie/session", {"port-origin", "scheme-origin", "suffix-origin", "path-origin"})
def compares_the_host_only(pair: Pair, app: App) -> App:
    class Host(Loose):
        @staticmethod
        def same(origin: str, allowed: str) -> bool:
            return urlsplit(origin).hostname == urlsplit(allowed).hostname

    return ruled(Host, pair).guard(app)


@broken("cookie/session", {"forwarded-host"})
def takes_the_forwarded_host_for_its_own(pair: Pair, app: App) -> App:
    class SameHost(Policy):
        def admit_origin(self, handshake: Handshake, *, ambient: bool) -> None:
            named = [f"https://{host.decode()}" for host in handshake.header(b"x-forwarded-host")]
            if handshake.origin not in named:
                super().admit_origin(handshake, ambient=ambient)

    return ruled(SameHost, pair).guard(app)


@broken("cookie/session", {"two-origins"})
def reads_the_last_of_two_origins(pair: Pair, app: App) -> App:
    async def broken(scope: Scope, receive: Receiver, send: Sender) -> None:
        origins = [line for line in scope["headers"] if line[0] == b"origin"]
        rest = [line for line in scope["headers"] if line[0] != b"origin"]
        await pair.guard(app)({**scope, "headers": rest + origins[-1:]}, receive, send)

    return broken


@broken("cookie/session", {"no-origin"})
def lets_a_cookie_in_without_an_origin(pair: Pair, app: App) -> App:
    class Native(Policy):
        def admit_origin(self, handshake: Handshake, *, ambient: bool) -> None:
            super().admit_origin(handshake, ambient=False)

    return ruled(Native, pair).guard(app)


@broken("cookie/session", {"case-origin"})
def compares_origins_case_by_case(pair: Pair, app: App) -> App:
    class CaseSensitive(Policy):
        def admit_origin(self, handshake: Handshake, *, ambient: bool) -> None:
            super().admit_origin(handshake, ambient=ambient)
            if handshake.header(b"origin")[0].decode() not in (self.origins or ()):
                raise Refused(Reason.ORIGIN)

    return ruled(CaseSensitive, pair).guard(app)


# ── limits ───────────────────────────────────────────────────────────────────────────────────────


@broken("header/authtoken", {"oversize"})
def takes_a_credential_of_any_size(pair: Pair, app: App) -> App:
    return pair.under(max_credential_bytes=10**6).guard(app)


@broken("first_message/authtoken", {"too-large", "announced"})
def takes_a_message_of_any_size(pair: Pair, app: App) -> App:
    return pair.under(max_message_bytes=10**6).guard(app)


@broken("first_message/authtoken", {"silence", "announced"})
def has_no_deadline(pair: Pair, app: App) -> App:
    return pair.under(deadline=3600.0).guard(app)


@broken("first_message/authtoken", {"announced"})
def announces_nothing(pair: Pair, app: App) -> App:
    return pair.under(announce=False).guard(app)


# ── early and late messages ──────────────────────────────────────────────────────────────────────


@broken("first_message/authtoken", {"second-auth"})
def leaves_a_second_auth_to_the_application(pair: Pair, app: App) -> App:
    class Deaf:
        def __init__(self, taker: Taker) -> None:
            self.take = taker.take
            self._reserved = taker.reserved

        def reserved(self, event: Event) -> Message | None:
            return None if messages.is_type(event.get("text") or "", "auth") else self._reserved(event)

    class DeafWire(Wire):
        __slots__ = ()

        def reserve(self, taker: Taker) -> None:
            super().reserve(Deaf(taker))

    class Once(Gate):
        def _wire(self, *parts: Any) -> Wire:
            wire = super()._wire(*parts)
            wire.__class__ = DeafWire
            return wire

    return gated(Once, pair, app)


@broken("first_message/authtoken", {"two-auths"})
def lets_the_last_auth_win(pair: Pair, app: App) -> App:
    async def broken(scope: Scope, receive: Receiver, send: Sender) -> None:
        async def last() -> Event:
            event = await receive()
            while messages.is_type(event.get("text") or "", "auth"):
                try:
                    event = await asyncio.wait_for(receive(), 0.05)
                except TimeoutError:
                    break
            return event

        await pair.guard(app)(scope, last, send)

    return broken


@broken("first_message/authtoken", {"binary"})
def reads_binary_frames_as_text(pair: Pair, app: App) -> App:
    async def broken(scope: Scope, receive: Receiver, send: Sender) -> None:
        async def text() -> Event:
            event = await receive()
            return {**event, "text": event["bytes"].decode()} if event.get("bytes") else event

        await pair.guard(app)(scope, text, send)

    return broken


@broken("first_message/authtoken", REFUSAL)
def calls_the_application_after_a_refusal(pair: Pair, app: App) -> App:
    async def broken(scope: Scope, receive: Receiver, send: Sender) -> None:
        refused = True

        async def inner(*arguments: Any) -> None:
            nonlocal refused
            refused = False
            await app(*arguments)

        await pair.guard(inner)(scope, receive, send)
        if refused:
            await app(scope, receive, send)

    return broken


@broken("header/authtoken", {"early-frame", "other-carrier", "never-called"}, refuse="close")
def forwards_what_came_before_the_refusal(pair: Pair, app: App) -> App:
    async def broken(scope: Scope, receive: Receiver, send: Sender) -> None:
        await pair.guard(app)(scope, receive, send)
        early = [{"type": "websocket.connect"}, await receive(), {"type": "websocket.disconnect", "code": 1000}]
        if early[1]["type"] == "websocket.receive":

            async def again() -> Event:
                return early.pop(0)

            await app(scope, again, send)

    return broken


# ── what is left over ────────────────────────────────────────────────────────────────────────────

Leak = Callable[[Scope, str], Scope]


def leaking(pair: Pair, app: App, leak: Leak) -> App:
    """`leak` gets the inner scope and the credential."""

    async def broken(scope: Scope, receive: Receiver, send: Sender) -> None:
        async def inner(clean: Scope, *wire: Any) -> None:
            await app(leak(clean, token_in(scope)), *wire)

        await pair.guard(inner)(scope, receive, send)

    return broken


def token_in(scope: Scope) -> str:
    return parse_qs(scope["query_string"].decode()).get("token", [""])[0]


@broken("querystring/authtoken", IDENTITY)
def leaves_the_query_in_the_scope(pair: Pair, app: App) -> App:
    return leaking(pair, app, lambda scope, token: {**scope, "query_string": f"token={token}".encode()})


@broken("querystring/authtoken", IDENTITY)
def leaves_the_credential_in_base64(pair: Pair, app: App) -> App:
    return leaking(pair, app, lambda scope, token: {**scope, "raw": base64.b64encode(token.encode())})


@broken("querystring/authtoken", IDENTITY)
def leaves_the_credential_in_the_session(pair: Pair, app: App) -> App:
    return leaking(pair, app, lambda scope, token: {**scope, "session": {"auth": {"token": token}}})


@broken("querystring/authtoken", IDENTITY)
def leaves_the_credential_behind_the_user(pair: Pair, app: App) -> App:
    def leak(scope: Scope, token: str) -> Scope:
        scope["user"].token = token
        return scope

    return leaking(pair, app, leak)


# ── answers ──────────────────────────────────────────────────────────────────────────────────────


def answering(pair: Pair, app: App, change: Callable[[Event, Scope], Event | None]) -> App:
    """`change` gets what is sent and the scope; None drops it."""

    async def broken(scope: Scope, receive: Receiver, send: Sender) -> None:
        async def changed(event: Event) -> None:
            instead = change(event, scope)
            if instead is not None:
                await send(instead)

        await pair.guard(app)(scope, receive, changed)

    return broken


@broken("subprotocol/authtoken", IDENTITY)
def names_the_credential_as_the_protocol(pair: Pair, app: App) -> App:
    def last(event: Event, scope: Scope) -> Event:
        return {**event, "subprotocol": scope["subprotocols"][-1]} if event["type"] == "websocket.accept" else event

    return answering(pair, app, last)


@broken("subprotocol/authtoken", {"protocol-named"})
def names_no_protocol(pair: Pair, app: App) -> App:
    def none(event: Event, scope: Scope) -> Event:
        return {**event, "subprotocol": None} if event["type"] == "websocket.accept" else event

    return answering(pair, app, none)


@broken("querystring/authtoken", ANSWER)
def quotes_the_credential_in_the_error(pair: Pair, app: App) -> App:
    def quoting(event: Event, scope: Scope) -> Event:
        return {**event, "body": f"bad token {token_in(scope)}".encode()} if "body" in event else event

    return answering(pair, app, quoting)


@broken("header/authtoken", ANSWER | ERROR, refuse="close")
def closes_without_an_error(pair: Pair, app: App) -> App:
    def silent(event: Event, scope: Scope) -> Event | None:
        return None if messages.is_type(event.get("text") or "", "auth.error") else event

    return answering(pair, app, silent)


@broken("header/authtoken", ANSWER | ERROR | HAPPENS, refuse="close")
def closes_with_policy_violation(pair: Pair, app: App) -> App:
    def other(event: Event, scope: Scope) -> Event:
        return {**event, "code": 1008} if event["type"] == "websocket.close" else event

    return answering(pair, app, other)


@broken("header/authtoken", ANSWER - FOREIGN - {"two-origins", "inactive-user"})
def forgets_the_challenge_of_a_401(pair: Pair, app: App) -> App:
    def bare(event: Event, scope: Scope) -> Event:
        return {**event, "headers": []} if event["type"] == "websocket.http.response.start" else event

    return answering(pair, app, bare)


@broken("header/authtoken", ANSWER, refuse="close")
def refuses_before_the_upgrade_where_a_code_was_promised(pair: Pair, app: App) -> App:
    return pair.under(refuse="handshake").guard(app)


@broken("header/authtoken", ANSWER)
def accepts_and_closes_where_a_status_was_promised(pair: Pair, app: App) -> App:
    return pair.under(refuse="close").guard(app)


@broken("header/authtoken", IDENTITY)
def refuses_everybody(pair: Pair, app: App) -> App:
    async def check(token: str) -> Identity:
        await pair.backend.verify(token)
        raise Refused(Reason.INVALID)

    return checked(pair, check).guard(app)


@broken("header/authtoken", NO_ANSWER)
def answers_500(pair: Pair, app: App) -> App:
    async def broken(scope: Scope, receive: Receiver, send: Sender) -> None:
        raise RuntimeError

    return broken


@broken("header/authtoken", EVERY)
def never_answers(pair: Pair, app: App) -> App:
    async def broken(scope: Scope, receive: Receiver, send: Sender) -> None:
        await asyncio.Event().wait()

    return broken
