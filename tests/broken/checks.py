"""Broken ways to check a credential."""

from __future__ import annotations

import asyncio
from typing import Any

import jwt
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.utils import timezone
from rest_framework.authtoken.models import Token
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken

from strategies.backend import Backend, Identity, digest
from strategies.gate import Gate
from strategies.refusal import Reason, Refused
from strategies.registry import Pair
from strategies.wire import App

from .table import REFUSAL, broken, checked, gated

BAD = {"malformed", "not-reflected", "never-called", "early-frame"}
"""The cases that present text which is no credential."""


class HandWritten(Backend):
    """What many write by hand in place of simplejwt's own rules; it `forgets` some."""

    def __init__(self, *forgets: str) -> None:
        self.forgets = forgets

    async def verify(self, token: str) -> Identity:
        try:
            claims = jwt.decode(token, settings.SECRET_KEY, ["HS256"], options=self._options(token))
        except jwt.ExpiredSignatureError:
            raise Refused(Reason.EXPIRED) from None
        except jwt.InvalidTokenError:
            raise Refused(Reason.INVALID) from None
        if claims["token_type"] != "access" and "kind" not in self.forgets:
            raise Refused(Reason.INVALID)
        if (
            await BlacklistedToken.objects.filter(token__jti=claims["jti"]).aexists()
            and "blacklist" not in self.forgets
        ):
            raise Refused(Reason.REVOKED)
        user = await get_user_model().objects.filter(pk=claims.get("user_id")).afirst()
        if user is None:
            raise Refused(Reason.INVALID)
        if "inactive" in self.forgets:
            user.is_active = True  # the gate would look at it
        expires_at = None if "expiry" in self.forgets else claims.get("exp")
        names = {} if "blacklist" in self.forgets else {"token_id": claims.get("jti"), "session": claims.get("sid")}
        return Identity(user, expires_at, claims.get("iat"), **names)

    async def issue(self, user: Any) -> str:
        raise NotImplementedError

    def _options(self, token: str) -> dict[str, Any]:
        unsigned = "alg=none" in self.forgets and jwt.get_unverified_header(token)["alg"] == "none"
        return {
            "verify_signature": not unsigned and "signature" not in self.forgets,
            "verify_exp": "expiry" not in self.forgets,
            "verify_nbf": "nbf" not in self.forgets,
            "require": [] if "exp" in self.forgets else ["exp"],
        }


def forgetful(pair: Pair, app: App, *forgets: str) -> App:
    return checked(pair, HandWritten(*forgets).verify).guard(app)


@broken("header/simplejwt", {"inactive-user"})
def lets_deactivated_users_in(pair: Pair, app: App) -> App:
    return forgetful(pair, app, "inactive")


@broken("header/simplejwt", {"refresh-as-access"})
def takes_refresh_tokens(pair: Pair, app: App) -> App:
    return forgetful(pair, app, "kind")


@broken("header/simplejwt", {"alg-none"})
def takes_unsigned_tokens(pair: Pair, app: App) -> App:
    return forgetful(pair, app, "alg=none")


@broken("header/simplejwt", {"alg-none", "empty-signature", "another-key", "tampered"})
def never_looks_at_the_signature(pair: Pair, app: App) -> App:
    return forgetful(pair, app, "signature")


@broken("header/simplejwt", {"expired", "expires-live"})
def never_looks_at_the_expiry(pair: Pair, app: App) -> App:
    return forgetful(pair, app, "expiry")


@broken("header/simplejwt", {"no-expiry"})
def takes_tokens_that_never_expire(pair: Pair, app: App) -> App:
    return forgetful(pair, app, "exp")


@broken("header/simplejwt", {"not-yet-valid"})
def never_looks_at_nbf(pair: Pair, app: App) -> App:
    return forgetful(pair, app, "nbf")


@broken("header/simplejwt", {"revoked", "taken-back-live"})
def never_looks_at_the_blacklist(pair: Pair, app: App) -> App:
    return forgetful(pair, app, "blacklist")


@broken("header/simplejwt", {"unknown", "revoked", "inactive-user", "deleted-user", "behind-the-orm-live"})
def trusts_the_claims_where_users_should_be_looked_up(pair: Pair, app: App) -> App:
    from strategies.backends.simplejwt import SimpleJWT

    return checked(pair, SimpleJWT(stateless=True).verify).guard(app)


@broken("header/authtoken", {"tampered"})
def compares_the_first_half_of_a_key(pair: Pair, app: App) -> App:
    async def check(token: str) -> Identity:
        row = await Token.objects.filter(key__startswith=token[:15]).afirst()
        return await pair.backend.verify(row.key if row else token)

    return checked(pair, check).guard(app)


@broken(
    "header/authtoken",
    {"unknown", "tampered", "revoked", "deleted-user", "malformed", "not-reflected", "early-frame", "never-called",
     "refresh-bad", "taken-back-live"},
)  # fmt: skip
def makes_up_a_user_for_any_key(pair: Pair, app: App) -> App:
    async def check(token: str) -> Identity:
        user = await get_user_model().objects.filter(auth_token__key=token).afirst()
        return Identity(user or get_user_model()(username="guest"))

    return checked(pair, check).guard(app)


@broken("cookie/session", {"password-changed"})
def never_looks_at_the_sessions_hash(pair: Pair, app: App) -> App:
    @sync_to_async
    def check(token: str) -> Identity:
        row = Session.objects.filter(session_key=token, expire_date__gt=timezone.now()).first()
        user = get_user_model().objects.filter(pk=row.get_decoded().get(SESSION_KEY)).first() if row else None
        if row is None or user is None:
            raise Refused(Reason.INVALID)
        name = digest(token)
        return Identity(user, row.expire_date.timestamp(), token_id=name, session=name)

    return checked(pair, check).guard(app)


@broken("cookie/session", {"no-user"})
def takes_a_session_for_a_log_in(pair: Pair, app: App) -> App:
    async def check(token: str) -> Identity:
        try:
            return await pair.backend.verify(token)
        except Refused:
            row = await Session.objects.filter(session_key=token).afirst()
            if row is None or SESSION_KEY in row.get_decoded():
                raise
            return Identity(get_user_model()(username="visitor"))

    return checked(pair, check).guard(app)


@broken("header/authtoken", {"each-their-own"})
def keeps_the_identity_where_others_write_too(pair: Pair, app: App) -> App:
    latest: list[Identity] = []

    async def check(token: str) -> Identity:
        latest.append(await pair.backend.verify(token))
        await asyncio.sleep(0.05)  # as long as it takes others to come
        return latest[-1]

    return checked(pair, check).guard(app)


@broken("header/authtoken", (BAD | {"refresh-bad"}) - {"never-called"})
def fails_where_it_should_refuse(pair: Pair, app: App) -> App:
    async def check(token: str) -> Identity:
        bytes.fromhex(token)
        return await pair.backend.verify(token)

    return checked(pair, check).guard(app)


class Anonymous(Gate):
    """What the usual tutorial does."""

    async def _authenticate(self, *everything: Any) -> Identity:
        try:
            return await super()._authenticate(*everything)
        except Refused:
            return Identity(AnonymousUser())


@broken("querystring/authtoken", REFUSAL - {"two-origins"})  # of which none can be kept for later
def lets_everybody_in_as_nobody(pair: Pair, app: App) -> App:
    return gated(Anonymous, pair, app)
