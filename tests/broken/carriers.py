"""Broken ways for a credential to travel."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qsl

from strategies import messages
from strategies.cookie import Cookie
from strategies.first_message import FirstMessage
from strategies.flow import Accept, Credential, Receive, ServerFlow
from strategies.handshake import Handshake, Scope, single
from strategies.header import Header
from strategies.querystring import QueryString
from strategies.refusal import Reason, Refused
from strategies.registry import Pair
from strategies.subprotocol import ENCODED, Subprotocol
from strategies.wire import App

from .table import broken


@broken("querystring/authtoken", {"duplicate", "duplicate-same"})
def takes_the_first_of_two(pair: Pair, app: App) -> App:
    class First(QueryString):
        def find(self, handshake: Handshake) -> Credential:
            return Credential(single(handshake.query("token")[:1]))

    return replace(pair, strategy=First()).guard(app)


@broken("querystring/authtoken", {"array-key"})
def takes_an_array_key(pair: Pair, app: App) -> App:
    class PHP(QueryString):
        def find(self, handshake: Handshake) -> Credential:
            fields = parse_qsl(handshake.query_string.decode())
            return Credential(single(value for name, value in fields if name in ("token", "token[]")))

        def scrub(self, scope: Scope) -> Scope:
            return {**scope, "query_string": b""}

    return replace(pair, strategy=PHP()).guard(app)


@broken("querystring/authtoken", {"trailing-junk"})
def strips_the_credential(pair: Pair, app: App) -> App:
    class Stripping(QueryString):
        def find(self, handshake: Handshake) -> Credential:
            return Credential(super().find(handshake).token.strip())

    return replace(pair, strategy=Stripping()).guard(app)


@broken("querystring/authtoken", {"other-carrier", "two-carriers"})
def takes_a_credential_from_anywhere(pair: Pair, app: App) -> App:
    class Anywhere(QueryString):
        def find(self, handshake: Handshake) -> Credential:
            for strategy in (super(), Header(), Subprotocol(), Cookie("sessionid")):
                try:
                    return strategy.find(handshake)
                except Refused as refused:
                    if refused.reason is not Reason.MISSING:
                        raise
            raise Refused(Reason.MISSING)

    return replace(pair, strategy=Anywhere(), rivals=()).guard(app)


@broken("header/authtoken", {"two-carriers"})
def knows_of_no_other_carrier(pair: Pair, app: App) -> App:
    return replace(pair, rivals=()).guard(app)


@broken("header/authtoken", {"ambient-ignored", "other-carrier"})
def prefers_the_cookie(pair: Pair, app: App) -> App:
    class CookieFirst(Header):
        def find(self, handshake: Handshake) -> Credential:
            cookies = handshake.cookie("sessionid")
            return Credential(cookies[0]) if cookies else super().find(handshake)

    return replace(pair, strategy=CookieFirst()).guard(app)


@broken("subprotocol/authtoken", {"no-app-protocol"})
def needs_no_application_protocol(pair: Pair, app: App) -> App:
    class Alone(Subprotocol):
        def find(self, handshake: Handshake) -> Credential:
            return super().find(replace(handshake, subprotocols=(*handshake.subprotocols, "any")))

    return replace(pair, strategy=Alone()).guard(app)


@broken("subprotocol/authtoken", {"bearer-case"})
def takes_the_prefix_in_any_case(pair: Pair, app: App) -> App:
    class AnyCase(Subprotocol):
        def find(self, handshake: Handshake) -> Credential:
            lower = tuple(name.replace("Bearer", "bearer") for name in handshake.subprotocols)
            return super().find(replace(handshake, subprotocols=lower))

    return replace(pair, strategy=AnyCase()).guard(app)


@broken("subprotocol/authtoken", {"bearer64"})
def knows_no_base64(pair: Pair, app: App) -> App:
    class RawOnly(Subprotocol):
        def find(self, handshake: Handshake) -> Credential:
            if any(name.startswith(ENCODED) for name in handshake.subprotocols):
                raise Refused(Reason.MALFORMED)
            return super().find(handshake)

    return replace(pair, strategy=RawOnly()).guard(app)


NO_MESSAGE = {
    "not-json", "empty-frame", "json-array", "deep", "nan", "duplicate-keys",
    "application-first", "early-frame", "other-carrier",
    "refresh-first",
}  # fmt: skip
NO_TOKEN = {"no-token", "token-number", "token-null", "token-list", "token-object", "token-nul", "surrogate"}


@broken("first_message/authtoken", NO_MESSAGE | NO_TOKEN)
def reads_json_as_it_comes(pair: Pair, app: App) -> App:
    class Sloppy(FirstMessage):
        def server(self, handshake: Handshake) -> ServerFlow:
            yield Accept()
            return Credential(str(json.loads((yield Receive()))["token"]))

    return replace(pair, strategy=Sloppy()).guard(app)


@broken("first_message/authtoken", NO_MESSAGE)
def waits_until_an_auth_message_comes(pair: Pair, app: App) -> App:
    class Patient(FirstMessage):
        def server(self, handshake: Handshake) -> ServerFlow:
            yield Accept()
            while not messages.is_type(text := (yield Receive()), "auth"):
                pass
            return Credential(messages.read_auth(text))

    return replace(pair, strategy=Patient()).guard(app)
