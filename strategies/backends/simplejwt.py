"""JSON web tokens of `djangorestframework-simplejwt`. Needs the extra `simplejwt`.

The only module that imports simplejwt. All decoding is its own: algorithms, key, audience, issuer,
leeway, claim names and token classes are what `SIMPLE_JWT` says. Tokens are signed, not encrypted:
what is taken from one is its claims, and neither the token nor an object that could sign it again
gets into the scope.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from errno import EOVERFLOW
from types import MappingProxyType
from typing import Any, NamedTuple

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models.signals import post_save
from jwt import PyJWKClient, PyJWTError, get_unverified_header
from jwt.exceptions import PyJWKClientConnectionError
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt import state
from rest_framework_simplejwt.authentication import JWTAuthentication, JWTStatelessUserAuthentication
from rest_framework_simplejwt.exceptions import ExpiredTokenError, InvalidToken, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, BlacklistMixin, RefreshToken, Token, UntypedToken
from rest_framework_simplejwt.utils import aware_utcnow

from ..backend import Backend, BackendTraits, Identity, NotApplicable, SampleKind
from ..refusal import Reason, Refused
from ..revocation import revoke
from .batching import Batcher, Fetched

STATELESS_AMBIENT = "a stateless token can't be taken back, and a cookie is sent on every visit until it expires"
STATELESS = BackendTraits("never", STATELESS_AMBIENT, rechecked=False)


class SimpleJWT(Backend):
    """`stateless=False` loads the user and consults the blacklist; True trusts the claims and asks nobody."""

    def __init__(self, stateless: bool = False) -> None:
        if not isinstance(stateless, bool):
            raise ValueError(f"stateless must be True or False, not {stateless!r}")
        self.stateless = stateless
        self.traits = STATELESS if stateless else BackendTraits()
        self.authentication = JWTStatelessUserAuthentication() if stateless else JWTAuthentication()
        self._lookup = Batcher(_current_users)
        self._keys = Batcher(_have_keys, sync_to_async(thread_sensitive=False))  # no database waits for a key server

    async def verify(self, token: str) -> Identity:
        if _key_client() is not None:
            await self._keys(token)
        if _decoding_asks():
            validated = await database_sync_to_async(_validated)(self.authentication, token)
        else:
            validated = _validated(self.authentication, token)
        if self.stateless:
            user = _user(self.authentication, validated)
            user.token = MappingProxyType(dict(validated.payload))  # claims only: nothing that can sign them again
        else:
            user = await self._lookup(validated)
        return Identity(
            user,
            expires_at=_seconds(validated.get("exp")),
            issued_at=_seconds(validated.get("iat")),
            token_id=_id_of(validated),
            session=_session_of(validated),
            handle=None if self.stateless else _asked_again(validated),
        )

    async def issue(self, user: Any) -> str:
        return (await database_sync_to_async(mint)(user)).access

    async def recheck(self, identities: Sequence[Identity]) -> Sequence[Identity | Refused]:
        """By the claims, which the identities' handles are. Stateless, nobody can be asked."""
        if self.stateless:
            return identities
        users = await self._lookup.together([one.handle for one in identities])
        return [
            user if isinstance(user, Refused) else replace(identity, user=user)
            for identity, user in zip(identities, users, strict=True)
        ]

    def connect_signals(self) -> None:
        if apps.is_installed(_BLACKLIST_APP):
            model = apps.get_model("token_blacklist", "BlacklistedToken")
            post_save.connect(_listed, sender=model, dispatch_uid="wsauth.simplejwt")

    async def take_back(self, token: str) -> None:
        _needs_a_blacklist()
        await database_sync_to_async(blacklist)(token)

    async def sample(self, kind: SampleKind, user: Any) -> str:
        if self.stateless and kind in _NEEDS_A_LOOKUP:
            raise NotApplicable("stateless: nobody is asked, so the token is good until it expires")
        return await database_sync_to_async(self._sample)(kind, user)

    def _sample(self, kind: SampleKind, user: Any) -> str:
        if kind in _SAMPLES:
            return _SAMPLES[kind](user)
        token = mint(user).access
        match kind:
            case SampleKind.REVOKED:
                _needs_a_blacklist()
                blacklist(token)
            case SampleKind.INACTIVE_USER:
                type(user).objects.filter(pk=user.pk).update(is_active=False)
            case SampleKind.DELETED_USER:
                user.delete()
            case _:
                if not api_settings.CHECK_REVOKE_TOKEN:
                    raise NotApplicable("SIMPLE_JWT['CHECK_REVOKE_TOKEN'] is off")
                user.set_password("another")
                user.save()
        return token


SESSION_CLAIM = "sid"
_BLACKLIST_APP = "rest_framework_simplejwt.token_blacklist"
_NEEDS_A_LOOKUP = {
    SampleKind.UNKNOWN,
    SampleKind.REVOKED,
    SampleKind.INACTIVE_USER,
    SampleKind.DELETED_USER,
    SampleKind.PASSWORD_CHANGED,
}


class Minted(NamedTuple):
    """A fresh pair of tokens. Its repr hides them."""

    access: str
    refresh: str

    def __repr__(self) -> str:
        return "Minted(…)"


def mint(user: Any) -> Minted:
    """Tokens for `user` as simplejwt issues them, with a `username` for stateless consumers and a log-in's name."""
    refresh = RefreshToken.for_user(user)
    refresh["username"] = user.get_username()
    refresh[SESSION_CLAIM] = secrets.token_hex(16)  # refreshed tokens keep it, however often they are exchanged
    _note_as_issued(refresh)
    return Minted(str(refresh.access_token), str(refresh))


def _note_as_issued(refresh: RefreshToken) -> None:
    """simplejwt has written the token down before it had these claims; a log-out reads them there."""
    if apps.is_installed(_BLACKLIST_APP):
        rows = apps.get_model("token_blacklist", "OutstandingToken").objects
        rows.filter(jti=_id_of(refresh)).update(token=str(refresh))


def blacklist(token: str) -> None:
    """A log-out: puts an access or a refresh token on simplejwt's blacklist, and ends what its log-in has opened.

    Raises simplejwt's `TokenError` for an invalid one.
    """
    try:
        found = _made(_RevocableAccess, token)
    except TokenError:
        found = _made(RefreshToken, token)
    found.blacklist()
    session = _session_of(found)
    if session is not None:
        revoke(session=session)


def _made(kind: Any, text: str, **options: bool) -> Any:
    """simplejwt's types want a token where its classes take a text."""
    return kind(text, **options)


def _needs_a_blacklist() -> None:
    if not apps.is_installed(_BLACKLIST_APP):
        raise NotApplicable(f"{_BLACKLIST_APP} is not installed")


class _RevocableAccess(BlacklistMixin[AccessToken], AccessToken):  # type: ignore[misc]  # as simplejwt's RefreshToken
    """An access token that can be put on the list. simplejwt itself lists only refresh tokens."""


def _current_users(validated: Sequence[Any]) -> list[Any]:
    """The users of several tokens, or of their claims, as simplejwt finds them; in a token's place its exception."""
    authentication: Any = JWTAuthentication()
    field, claim = api_settings.USER_ID_FIELD, api_settings.USER_ID_CLAIM
    wanted = {token.get(claim) for token in validated if _is_user_id(token.get(claim))}
    try:
        users = authentication.user_model.objects.filter(**{f"{field}__in": wanted})
        authentication.user_model = Fetched(users, field)  # the package's own lookup, answered from these rows
        listed = _blacklisted(validated)
    except (ValueError, TypeError, OverflowError, ValidationError, DataError):  # a claim that its column can't hold
        if len(validated) > 1:
            raise  # then each is asked for alone, and only its own is refused
        return [Refused(Reason.INVALID)]
    return [_current_user(authentication, token, listed) for token in validated]


def _current_user(authentication: JWTAuthentication, validated: Any, listed: Collection[str]) -> Any:
    try:
        user = _user(authentication, validated)
    except Refused as refused:
        return refused
    return Refused(Reason.REVOKED) if _id_of(validated) in listed else user


def _asked_again(validated: Token) -> dict[str, Any]:
    """The claims that `_current_users` reads."""
    claims = (api_settings.USER_ID_CLAIM, api_settings.JTI_CLAIM, api_settings.REVOKE_TOKEN_CLAIM)
    return {claim: validated[claim] for claim in claims if claim in validated}


def _user(authentication: JWTAuthentication, validated: Any) -> Any:
    """Who the claims name. Raises `Refused`."""
    if not _is_user_id(validated.get(api_settings.USER_ID_CLAIM)):
        raise Refused(Reason.INVALID)
    try:
        return authentication.get_user(validated)
    except (AuthenticationFailed, ValueError, TypeError, OverflowError) as failure:
        reason = _reason(failure)
    raise Refused(reason)


def _listed(instance: Any, created: bool, **_: Any) -> None:
    """A token is on simplejwt's blacklist: connections that it opened end.

    Those opened by access tokens that came of a refresh token end with it, unless that may only have been
    exchanged for the next one; then whoever logs out says so, by the log-in's name.
    """
    if not created:
        return
    revoke(token_id=instance.token.jti)
    if not (api_settings.ROTATE_REFRESH_TOKENS and api_settings.BLACKLIST_AFTER_ROTATION):
        session = _session_in(instance.token.token)
        if session is not None:
            revoke(session=session)


def _session_in(raw: str) -> str | None:
    """The name of the log-in that a token on the list belongs to."""
    try:
        return _session_of(_made(UntypedToken, raw, verify=False))
    except TokenError:
        return None


def _session_of(token: Any) -> str | None:
    """The claim `sid` [OpenID Connect Back-Channel Logout 1.0 §2.1]; `mint` writes it."""
    claim = token.get(SESSION_CLAIM)
    return claim if isinstance(claim, str) and claim else None


def _key_client() -> PyJWKClient | None:
    """What fetches the keys of `JWK_URL`, where simplejwt has it fetch any."""
    backend = state.token_backend
    return None if backend.algorithm.startswith("HS") else backend.jwks_client


def _have_keys(tokens: Sequence[str]) -> list[Exception | None]:
    """Has the client hold the keys that decoding will ask it for.

    simplejwt calls a token invalid whose key it can't have. When that is the key server's fault the token is
    `Refused(UNAVAILABLE)` here.
    """
    client: Any = _key_client()
    try:
        client.get_signing_keys()
    except _NO_KEYS:
        return [Refused(Reason.UNAVAILABLE) for _ in tokens]
    return [_have_key(client, token) for token in tokens]


def _have_key(client: Any, token: str) -> Refused | None:
    """A key that is not among those at hand may be a new one: the client asks again, within limits of its own."""
    try:
        client.get_signing_key(get_unverified_header(token).get("kid"))
    except PyJWKClientConnectionError:
        return Refused(Reason.UNAVAILABLE)
    except PyJWTError:
        return None  # no such key, or no such token: decoding says so
    except _NO_KEYS:
        return Refused(Reason.UNAVAILABLE)
    return None


_NO_KEYS = (PyJWTError, OSError, ValueError, RecursionError)
"""Down, cut off, no JSON, or JSON that is no set of keys."""


def _decoding_asks() -> bool:
    """Whether simplejwt does more than compute when it decodes: looks into its blacklist, or fetches a key."""
    return bool(api_settings.JWK_URL) or any(issubclass(one, BlacklistMixin) for one in api_settings.AUTH_TOKEN_CLASSES)


def _validated(authentication: JWTAuthentication, token: str) -> Token:
    raw = token.encode()
    try:
        validated = _read(authentication.get_validated_token, raw)
    except (InvalidToken, TokenError):
        validated = None
    if validated is not None and isinstance(_id_of(validated), str | None):
        return validated
    raise Refused(Reason.EXPIRED if _is_expired(raw) else Reason.INVALID)


def _is_expired(raw: bytes) -> bool:
    """Whether a token is good but for its age: the signature is checked before the expiry is read."""
    return any(_is_expired_as(token_class, raw) for token_class in api_settings.AUTH_TOKEN_CLASSES)


def _is_expired_as(token_class: Any, raw: bytes) -> bool:
    try:
        _read(token_class, raw)
    except ExpiredTokenError:
        claim = api_settings.TOKEN_TYPE_CLAIM
        return claim is None or bool(token_class(raw, verify=False).get(claim) == token_class.token_type)
    except TokenError:
        pass
    return False


def _read(decode: Callable[[bytes], Token], raw: bytes) -> Token:
    """simplejwt and PyJWT expect claims of the right types, and numbers that are dates: others are no token either."""
    try:
        return decode(raw)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise TokenError from None
    except OSError as error:
        if error.errno != EOVERFLOW:  # what the platform says to a date after its last year
            raise
        raise TokenError from None


def _seconds(claim: object) -> float | None:
    return claim if isinstance(claim, int | float) and not isinstance(claim, bool) else None


def _id_of(token: Any) -> Any:
    return token.get(api_settings.JTI_CLAIM) if api_settings.JTI_CLAIM is not None else None


def _reason(failure: Exception) -> Reason:
    """simplejwt keeps what it means in the detail of its own exception."""
    detail = getattr(failure, "detail", None)
    code = detail.get("code") if isinstance(detail, Mapping) else None
    return Reason.INACTIVE if code == "user_inactive" else Reason.INVALID


def _is_user_id(claim: object) -> bool:
    return isinstance(claim, str | int) and not isinstance(claim, bool) and claim != ""


def _blacklisted(validated: Sequence[Any]) -> Collection[str]:
    """Which of the tokens' ids are on simplejwt's list, if the project has one."""
    if not apps.is_installed(_BLACKLIST_APP):
        return ()
    ids = {_id_of(token) for token in validated}
    listed = apps.get_model("token_blacklist", "BlacklistedToken").objects.filter(token__jti__in=ids)
    return set(listed.values_list("token__jti", flat=True))


# ── samples ──────────────────────────────────────────────────────────────────────────────────────


def _access(user: Any) -> AccessToken:
    return RefreshToken.for_user(user).access_token


def _unknown(user: Any) -> str:
    """Signed by us, for a user who was never there."""
    token = _access(user)
    token[api_settings.USER_ID_CLAIM] = str(2**31 - 1)
    return str(token)


def _expired(user: Any) -> str:
    token = _access(user)
    token.set_exp(from_time=aware_utcnow() - timedelta(days=2), lifetime=timedelta(days=1))
    return str(token)


def _expiring(user: Any) -> str:
    token = _made(AccessToken, mint(user).access)
    token["exp"] = int(aware_utcnow().timestamp()) + 4  # simplejwt itself writes whole seconds
    return str(token)


def _not_yet_valid(user: Any) -> str:
    token = _access(user)
    token["nbf"] = int((aware_utcnow() + timedelta(days=1)).timestamp())
    return str(token)


def _no_expiry(user: Any) -> str:
    token = _access(user)
    del token["exp"]
    return str(token)


def _no_user(user: Any) -> str:
    token = _access(user)
    del token[api_settings.USER_ID_CLAIM]
    return str(token)


def _alg_none(user: Any) -> str:
    _, payload, _ = str(_access(user)).split(".")
    return f"{_segment({'alg': 'none', 'typ': 'JWT'})}.{payload}."


def _empty_signature(user: Any) -> str:
    return str(_access(user)).rpartition(".")[0] + "."


def _other_key(user: Any) -> str:
    """The same claims under an HMAC key that is not the project's."""
    import jwt

    return jwt.encode(dict(_access(user).payload), "another key than the project's, long enough", algorithm="HS256")


def _tampered(user: Any) -> str:
    """Its life prolonged by its holder, the signature left: well-formed, so only the signature can tell."""
    token = _access(user)
    header, _, signature = str(token).split(".")
    token.set_exp(lifetime=timedelta(days=3650))
    return f"{header}.{_segment(token.payload)}.{signature}"


def _segment(part: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


_SAMPLES: dict[SampleKind, Callable[[Any], str]] = {
    SampleKind.VALID: lambda user: mint(user).access,
    SampleKind.UNKNOWN: _unknown,
    SampleKind.MALFORMED: lambda user: "not.a.token",
    SampleKind.TAMPERED: _tampered,
    SampleKind.EXPIRED: _expired,
    SampleKind.EXPIRING: _expiring,
    SampleKind.NOT_YET_VALID: _not_yet_valid,
    SampleKind.NO_EXPIRY: _no_expiry,
    SampleKind.REFRESH_AS_ACCESS: lambda user: mint(user).refresh,
    SampleKind.ALG_NONE: _alg_none,
    SampleKind.EMPTY_SIGNATURE: _empty_signature,
    SampleKind.OTHER_KEY: _other_key,
    SampleKind.NO_USER: _no_user,
}
