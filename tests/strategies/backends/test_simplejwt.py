"""JSON web tokens: what simplejwt says of them, and never an exception of another kind."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import pickle
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from channels.db import database_sync_to_async
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.contrib.auth import get_user_model
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import RSAAlgorithm
from rest_framework_simplejwt import state
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, SlidingToken, Token

from strategies.backend import Backend, BackendTraits, Identity, NotApplicable, SampleKind
from strategies.backends import simplejwt
from strategies.backends.simplejwt import STATELESS_AMBIENT, Minted, SimpleJWT, blacklist, mint
from strategies.conformance.attempt import encodings
from strategies.conformance.contender import make_user
from strategies.conformance.probe import leaves
from strategies.refusal import Reason, Refused
from tests.strategies.backends.verdicts import queries, verdict

# ── samples ──────────────────────────────────────────────────────────────────────────────────────

STATELESS_SAMPLES: dict[SampleKind, Reason | None] = {  # None: gets in
    SampleKind.VALID: None,
    SampleKind.MALFORMED: Reason.INVALID,
    SampleKind.TAMPERED: Reason.INVALID,
    SampleKind.EXPIRED: Reason.EXPIRED,
    SampleKind.EXPIRING: None,
    SampleKind.NOT_YET_VALID: Reason.INVALID,
    SampleKind.NO_EXPIRY: Reason.INVALID,
    SampleKind.REFRESH_AS_ACCESS: Reason.INVALID,
    SampleKind.ALG_NONE: Reason.INVALID,
    SampleKind.EMPTY_SIGNATURE: Reason.INVALID,
    SampleKind.OTHER_KEY: Reason.INVALID,
    SampleKind.NO_USER: Reason.INVALID,
}
SAMPLES = {
    **STATELESS_SAMPLES,
    SampleKind.UNKNOWN: Reason.INVALID,
    SampleKind.REVOKED: Reason.REVOKED,
    SampleKind.INACTIVE_USER: Reason.INACTIVE,
    SampleKind.DELETED_USER: Reason.INVALID,
}
either = pytest.mark.parametrize("stateless", [False, True], ids=["stateful", "stateless"])


@pytest.mark.parametrize(("kind", "reason"), SAMPLES.items(), ids=SAMPLES)
async def test_a_sample_is_what_it_says(kind: SampleKind, reason: Reason | None) -> None:
    user, backend = await make_user(), SimpleJWT()
    found = await verdict(backend, await backend.sample(kind, user))
    assert (found.user if isinstance(found, Identity) else found) == (reason or user)


@pytest.mark.parametrize(("kind", "reason"), STATELESS_SAMPLES.items(), ids=STATELESS_SAMPLES)
async def test_a_stateless_sample_is_what_it_says(kind: SampleKind, reason: Reason | None) -> None:
    user, backend = await make_user(), SimpleJWT(stateless=True)
    found = await verdict(backend, await backend.sample(kind, user))
    assert (found.user.username if isinstance(found, Identity) else found) == (reason or user.username)


@either
@pytest.mark.parametrize("kind", SampleKind)
async def test_other_kinds_do_not_apply(kind: SampleKind, stateless: bool) -> None:
    if kind not in (STATELESS_SAMPLES if stateless else SAMPLES):
        with pytest.raises(NotApplicable, match="nobody is asked" if stateless else "CHECK_REVOKE_TOKEN"):
            await SimpleJWT(stateless).sample(kind, await make_user())


async def test_revoked_needs_the_blacklist(monkeypatch: pytest.MonkeyPatch) -> None:
    backend, user = SimpleJWT(), await make_user()
    revoked = await backend.sample(SampleKind.REVOKED, user)
    with monkeypatch.context() as without:
        without.setattr(simplejwt, "_BLACKLIST_APP", "not.installed")
        with pytest.raises(NotApplicable, match=r"not\.installed is not installed"):
            await backend.sample(SampleKind.REVOKED, user)
        assert isinstance(await verdict(backend, revoked), Identity)
        assert len(await queries(backend.verify(revoked))) == 1
    assert await verdict(backend, revoked) is Reason.REVOKED


# ── identities ───────────────────────────────────────────────────────────────────────────────────


@either
async def test_identity(stateless: bool) -> None:
    user, backend = await make_user(), SimpleJWT(stateless)
    token = await backend.issue(user)
    claims = jwt.decode(token, options={"verify_signature": False})
    identity = await backend.verify(token)
    assert (identity.expires_at, identity.issued_at, identity.token_id) == (claims["exp"], claims["iat"], claims["jti"])
    assert str(identity.user.pk) == str(user.pk)
    assert identity.user.is_authenticated
    assert identity.user.username == user.username


@either
async def test_nothing_of_the_token_is_left_nor_can_be_signed_again(stateless: bool) -> None:
    backend = SimpleJWT(stateless)
    token = await backend.issue(await make_user())
    identity = await backend.verify(token)
    texts = leaves({"user": identity.user, "auth": identity, "dict": vars(identity.user)})
    assert identity.user.username in texts
    assert not [how for how, spelling in encodings(token).items() if any(spelling in text for text in texts)]
    assert not [value for value in vars(identity.user).values() if isinstance(value, Token)]


async def test_the_claims_of_a_stateless_user_are_read_only() -> None:
    backend = SimpleJWT(stateless=True)
    user = (await backend.verify(await backend.issue(await make_user()))).user
    with pytest.raises(TypeError):
        user.token["user_id"] = "1"
    assert user.a_claim_that_is_not_there is None  # as simplejwt's own user answers


@either
async def test_each_call_has_a_user_of_its_own(stateless: bool) -> None:
    backend = SimpleJWT(stateless)
    token = await backend.issue(await make_user())
    found = await asyncio.gather(*(backend.verify(token) for _ in range(20)))
    assert len({id(identity.user) for identity in found}) == 20


async def test_many_at_once_are_each_themselves() -> None:
    backend = SimpleJWT()
    users = [await make_user() for _ in range(20)]
    kinds = [SampleKind.VALID, SampleKind.REVOKED, SampleKind.INACTIVE_USER, SampleKind.DELETED_USER] * 5
    names = [user.username for user in users]
    tokens = [await backend.sample(kind, user) for kind, user in zip(kinds, users, strict=True)]
    found = await asyncio.gather(*(verdict(backend, token) for token in tokens))
    for kind, name, one in zip(kinds, names, found, strict=True):
        assert (one.user.username if isinstance(one, Identity) else one) == (SAMPLES[kind] or name)


@pytest.mark.parametrize(
    ("stateless", "kind", "count"),
    [
        (False, SampleKind.VALID, 2),
        (False, SampleKind.REVOKED, 2),
        (False, SampleKind.DELETED_USER, 2),
        (False, SampleKind.TAMPERED, 0),
        (False, SampleKind.EXPIRED, 0),
        (True, SampleKind.VALID, 0),
        (True, SampleKind.EXPIRED, 0),
    ],
)
async def test_queries(stateless: bool, kind: SampleKind, count: int) -> None:
    backend = SimpleJWT(stateless)
    token = await backend.sample(kind, await make_user())
    assert len(await queries(backend.verify(token))) == count


def test_where_it_may_travel() -> None:
    assert SimpleJWT().traits == Backend.traits
    assert SimpleJWT(stateless=True).traits == BackendTraits("never", STATELESS_AMBIENT, rechecked=False)


@pytest.mark.parametrize("stateless", [None, 0, 1, "yes"], ids=repr)
def test_stateless_or_not(stateless: Any) -> None:
    with pytest.raises(ValueError, match="stateless must be True or False"):
        SimpleJWT(stateless)


# ── minting and the blacklist ────────────────────────────────────────────────────────────────────


async def test_minted_tokens_hide_in_their_repr() -> None:
    minted = await database_sync_to_async(mint)(await make_user())
    assert repr(minted) == str(minted) == "Minted(…)"
    assert isinstance(minted, Minted)


@pytest.mark.parametrize("which", ["access", "refresh"])
async def test_blacklisted_tokens_are_listed_once(which: str) -> None:
    user = await make_user()
    token = getattr(await database_sync_to_async(mint)(user), which)
    await database_sync_to_async(blacklist)(token)
    jti = jwt.decode(token, options={"verify_signature": False})["jti"]
    assert await BlacklistedToken.objects.filter(token__jti=jti, token__user=user).acount() == 1
    assert await OutstandingToken.objects.filter(jti=jti).acount() == 1


@pytest.mark.parametrize("token", ["", "not.a.token"])
async def test_an_invalid_token_is_not_blacklisted(token: str) -> None:
    with pytest.raises(TokenError):
        await database_sync_to_async(blacklist)(token)


# ── other settings ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Any:
    """SIMPLE_JWT as it is after a start with these settings: simplejwt itself reads them at import."""

    def configure(**changed: Any) -> None:
        for name, value in changed.items():
            monkeypatch.setattr(api_settings, name, value)
        own = (api_settings.TOKEN_TYPE_CLAIM, "exp", api_settings.JTI_CLAIM)
        monkeypatch.setattr(RefreshToken, "no_copy_claims", own)
        names = ("ALGORITHM", "SIGNING_KEY", "VERIFYING_KEY", "AUDIENCE", "ISSUER", "JWK_URL", "LEEWAY", "JSON_ENCODER")
        monkeypatch.setattr(state, "token_backend", TokenBackend(*(getattr(api_settings, name) for name in names)))

    return configure


def signed(claims: dict[str, Any], headers: dict[str, Any] | None = None) -> str:
    """A token that our own key has signed, whatever it claims."""
    body = json.dumps(claims).encode()
    return jwt.PyJWS().encode(body, api_settings.SIGNING_KEY, algorithm="HS256", headers=headers)


def claims_of(user: Any, **more: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"token_type": "access", "exp": now + 300, "iat": now, "jti": "j" * 32, "user_id": str(user.pk), **more}


@either
@pytest.mark.parametrize(
    ("configuration", "more", "reason"),
    [
        ({"AUDIENCE": "chat"}, {"aud": "chat"}, None),
        ({"AUDIENCE": "chat"}, {"aud": ["mail", "chat"]}, None),
        ({"AUDIENCE": ["chat", "mail"]}, {"aud": "mail"}, None),
        ({"AUDIENCE": "chat"}, {"aud": "mail"}, Reason.INVALID),
        ({"AUDIENCE": "chat"}, {"aud": 5}, Reason.INVALID),
        ({"AUDIENCE": "chat"}, {}, Reason.INVALID),
        ({}, {"aud": "whoever"}, None),
        ({"ISSUER": "https://id.example"}, {"iss": "https://id.example"}, None),
        ({"ISSUER": "https://id.example"}, {"iss": "https://evil.example"}, Reason.INVALID),
        ({"ISSUER": "https://id.example"}, {}, Reason.INVALID),
        ({"LEEWAY": 3_600}, {"exp": int(time.time()) - 30}, None),
        ({"LEEWAY": timedelta(seconds=60)}, {"exp": int(time.time()) - 3_000}, Reason.EXPIRED),
        ({"TOKEN_TYPE_CLAIM": "typ"}, {"typ": "access"}, None),
        ({"TOKEN_TYPE_CLAIM": "typ"}, {"typ": "refresh"}, Reason.INVALID),
        ({"TOKEN_TYPE_CLAIM": "typ"}, {}, Reason.INVALID),
        ({"TOKEN_TYPE_CLAIM": None}, {"token_type": "refresh"}, None),
        ({"TOKEN_TYPE_CLAIM": None}, {"exp": 1}, Reason.EXPIRED),
        ({}, {"token_type": "refresh", "exp": 1}, Reason.INVALID),
        ({"JTI_CLAIM": "id"}, {"id": "x"}, None),
        ({"JTI_CLAIM": "id"}, {}, Reason.INVALID),
        ({"JTI_CLAIM": None}, {}, None),
        ({"SIGNING_KEY": "k" * 64}, {}, None),
    ],
)
async def test_other_settings(
    configuration: dict[str, Any], more: dict[str, Any], reason: Reason | None, stateless: bool, configured: Any
) -> None:
    configured(**configuration)
    user = await make_user()
    found = await verdict(SimpleJWT(stateless), signed(claims_of(user, **more)))
    assert (str(found.user.pk) if isinstance(found, Identity) else found) == (reason or str(user.pk))


@either
async def test_custom_claim_names(stateless: bool, configured: Any) -> None:
    configured(USER_ID_CLAIM="uid", USER_ID_FIELD="username", JTI_CLAIM="id", TOKEN_TYPE_CLAIM="typ")
    user, backend = await make_user(), SimpleJWT(stateless)
    token = await backend.issue(user)
    claims = jwt.decode(token, options={"verify_signature": False})
    identity = await backend.verify(token)
    assert claims["uid"] == user.username
    assert identity.token_id == claims["id"]
    assert identity.user.username == user.username


async def test_a_revoked_token_by_another_name(configured: Any) -> None:
    configured(JTI_CLAIM="id")
    backend = SimpleJWT()
    assert await verdict(backend, await backend.sample(SampleKind.REVOKED, await make_user())) is Reason.REVOKED


async def test_password_changed(configured: Any) -> None:
    configured(CHECK_REVOKE_TOKEN=True)
    backend, user = SimpleJWT(), await make_user()
    assert (await backend.verify(await backend.issue(user))).user == user
    assert await verdict(backend, await backend.sample(SampleKind.PASSWORD_CHANGED, user)) is Reason.INVALID


async def test_inactive_users_are_left_to_the_gate_where_simplejwt_lets_them_in(configured: Any) -> None:
    configured(CHECK_USER_IS_ACTIVE=False)
    backend = SimpleJWT()
    identity = await backend.verify(await backend.sample(SampleKind.INACTIVE_USER, await make_user()))
    assert not identity.user.is_active


@either
@pytest.mark.parametrize(
    ("classes", "minted_by", "past", "reason"),
    [
        ((SlidingToken,), SlidingToken, False, None),
        ((SlidingToken,), SlidingToken, True, Reason.EXPIRED),
        ((SlidingToken,), AccessToken, False, Reason.INVALID),
        ((AccessToken, SlidingToken), SlidingToken, False, None),
        ((AccessToken, SlidingToken), SlidingToken, True, Reason.EXPIRED),
        ((SlidingToken, AccessToken), AccessToken, True, Reason.EXPIRED),
        ((AccessToken, SlidingToken), RefreshToken, False, Reason.INVALID),
        ((AccessToken, SlidingToken), RefreshToken, True, Reason.INVALID),
        ((AccessToken,), SlidingToken, False, Reason.INVALID),
    ],
)
async def test_kinds_of_token(
    classes: Any, minted_by: Any, past: bool, reason: Reason | None, stateless: bool, configured: Any
) -> None:
    """Sliding tokens look into the blacklist while they are decoded, which the event loop must not do."""
    configured(AUTH_TOKEN_CLASSES=classes)
    user = await make_user()
    token = await database_sync_to_async(minted_by.for_user)(user)
    if past:
        token.set_exp(lifetime=-timedelta(hours=1))
    found = await verdict(SimpleJWT(stateless), str(token))
    assert (str(found.user.pk) if isinstance(found, Identity) else found) == (reason or str(user.pk))


@either
async def test_a_blacklisted_sliding_token(stateless: bool, configured: Any) -> None:
    configured(AUTH_TOKEN_CLASSES=(SlidingToken,))
    token = await database_sync_to_async(SlidingToken.for_user)(await make_user())
    await database_sync_to_async(token.blacklist)()
    assert await verdict(SimpleJWT(stateless), str(token)) in {Reason.INVALID, Reason.REVOKED}


# ── other keys ───────────────────────────────────────────────────────────────────────────────────

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def segment(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hmac(claims: dict[str, Any], key: bytes, **headers: Any) -> str:
    """HS256 by hand: libraries refuse to use a public key for it."""
    body = f"{segment({'alg': 'HS256', 'typ': 'JWT', **headers})}.{segment(claims)}"
    return f"{body}.{segment(hmac.new(key, body.encode(), hashlib.sha256).digest())}"


@either
async def test_rs256_and_its_confusions(stateless: bool, configured: Any) -> None:
    configured(ALGORITHM="RS256", SIGNING_KEY=PRIVATE, VERIFYING_KEY=PUBLIC)
    backend, claims = SimpleJWT(stateless), claims_of(await make_user())
    assert isinstance(await verdict(backend, jwt.encode(claims, PRIVATE, "RS256")), Identity)
    confused = [by_hmac(claims, PUBLIC.encode()), by_hmac(claims, PUBLIC.encode(), alg="RS256"), by_hmac(claims, b"")]
    assert [await verdict(backend, token) for token in confused] == [Reason.INVALID] * 3


JWKS = {"keys": [{**json.loads(RSAAlgorithm.to_jwk(KEY.public_key())), "kid": "one", "use": "sig"}]}
Answer = Callable[[BaseHTTPRequestHandler], None]


def says(status: int, body: bytes) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def breaks_off(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("content-length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"keys"')
    hangs_up(handler)


KEYS = says(200, json.dumps(JWKS).encode())


class KeyServer(ThreadingHTTPServer):
    """Answers each request as it is told at the time."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.asked = answer, 0
        super().__init__(("127.0.0.1", 0), _KeyHandler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/keys.json"


class _KeyHandler(BaseHTTPRequestHandler):
    server: KeyServer

    def do_GET(self) -> None:
        self.server.asked += 1
        self.server.answer(self)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def key_server(configured: Any) -> Iterator[KeyServer]:
    with KeyServer(KEYS) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        configured(ALGORITHM="RS256", JWK_URL=server.url)
        yield server
        server.shutdown()


def keyed(claims: dict[str, Any], kid: Any = "one") -> str:
    return jwt.encode(claims, PRIVATE, "RS256", headers={"kid": kid})


async def test_a_key_that_must_be_fetched_does_not_hold_up_loop_or_database(key_server: KeyServer) -> None:
    """The key server answers only after the event loop and the database have gone on."""
    went_on = threading.Event()
    key_server.answer = lambda handler: (KEYS if went_on.wait(10) else says(503, b""))(handler)
    user = await make_user()
    asked = [asyncio.ensure_future(SimpleJWT().verify(keyed(claims_of(user)))) for _ in range(2)]
    await asyncio.sleep(0)
    assert await get_user_model().objects.filter(pk=user.pk).aexists()
    went_on.set()
    assert [(await one).user for one in asked] == [user, user]


NO_KEYS: dict[str, Answer] = {
    "hangs up": hangs_up,
    "breaks off": breaks_off,
    "503": says(503, b""),
    "302": says(302, b""),
    "HTML": says(200, b"<html>"),
    "no text": says(200, b"\xff"),
    "nothing": says(200, b""),
    "a list": says(200, b"[1]"),
    "no field": says(200, b"{}"),
    "none": says(200, b'{"keys": []}'),
    "a number": says(200, b'{"keys": 5}'),
    "odd keys": says(200, b'{"keys": [{}, 5]}'),
    "too deep": says(200, b"[" * 100_000),
}


@either
@pytest.mark.parametrize("answer", NO_KEYS.values(), ids=NO_KEYS)
async def test_without_its_keys_it_is_unavailable_until_they_are_there(
    answer: Answer, stateless: bool, key_server: KeyServer
) -> None:
    key_server.answer = answer
    backend, token = SimpleJWT(stateless), keyed(claims_of(await make_user()))
    assert await verdict(backend, token) is Reason.UNAVAILABLE
    key_server.answer = KEYS
    assert isinstance(await verdict(backend, token), Identity)


@either
async def test_a_key_server_that_is_down(stateless: bool, configured: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    configured(ALGORITHM="RS256", JWK_URL=f"http://127.0.0.1:{port}/keys.json")
    assert await verdict(SimpleJWT(stateless), keyed(claims_of(await make_user()))) is Reason.UNAVAILABLE


async def test_a_slow_key_server_ends_at_the_gates_deadline_and_takes_one_thread(key_server: KeyServer) -> None:
    """However many ask: those who have stopped waiting are not asked for any more."""
    over = threading.Event()
    key_server.answer = lambda handler: (over.wait(10), KEYS(handler))[1]
    backend, token = SimpleJWT(), keyed(claims_of(await make_user()))

    async def impatient() -> Identity | Reason:
        async with asyncio.timeout(0.2):
            return await verdict(backend, token)

    ends = await asyncio.gather(*(impatient() for _ in range(20)), return_exceptions=True)
    assert [type(end) for end in ends] == [TimeoutError] * 20
    over.set()
    assert isinstance(await verdict(backend, token), Identity)
    assert key_server.asked == 1


async def test_an_unknown_key_is_the_tokens_fault_unless_the_new_keys_cannot_be_had(
    key_server: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, user = SimpleJWT(), await make_user()
    assert isinstance(await verdict(backend, keyed(claims_of(user))), Identity)
    for kid in ("two", ""):
        assert await verdict(backend, keyed(claims_of(user), kid)) is Reason.INVALID
    assert await verdict(backend, "no.token.at-all") is Reason.INVALID
    monkeypatch.setattr(state.token_backend.jwks_client, "cooldown_duration", 0)
    for answer in (hangs_up, says(200, b"<html>")):
        key_server.answer = answer
        assert await verdict(backend, keyed(claims_of(user), "two")) is Reason.UNAVAILABLE
        assert isinstance(await verdict(backend, keyed(claims_of(user))), Identity)


@either
async def test_a_shared_key_needs_no_key_server(stateless: bool, configured: Any) -> None:
    configured(JWK_URL="http://127.0.0.1:9/keys.json")
    backend, user = SimpleJWT(stateless), await make_user()
    assert isinstance(await verdict(backend, await backend.issue(user)), Identity)


@either
async def test_a_failure_that_is_not_the_tokens_is_no_verdict(stateless: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unreachable(TokenBackend):
        def decode(self, token: Any, verify: bool = True) -> Any:
            raise ConnectionResetError

    monkeypatch.setattr(state, "token_backend", Unreachable("HS256", "k" * 32))
    with pytest.raises(ConnectionResetError):
        await SimpleJWT(stateless).verify(signed(claims_of(await make_user())))


ALGORITHMS = ["none", "None", "NONE", "nOnE", "", "RS256", "ES256", "PS256", "EdDSA", "HS1", None, 5, [], {}]
OWN_KEY = {"kty": "oct", "k": segment(b"k" * 32)}
HEADERS: list[dict[str, Any]] = [
    {"jwk": OWN_KEY, "alg": "HS256"},
    {"jku": "https://evil.example/keys.json"},
    {"x5u": "https://evil.example/cert.pem"},
    {"kid": "../../../../dev/null"},
    {"kid": "' UNION SELECT 'k' --"},
    {"kid": 5},
    {"kid": ["a"]},
    {"crit": ["exp"]},
    {"crit": ["unknown"], "unknown": True},
    {"crit": []},
    {"crit": "b64"},
    {"crit": ["b64"], "b64": False},
    {"b64": False},
    {"typ": "at+jwt", "cty": "JWT"},
]


@either
@pytest.mark.parametrize("alg", ALGORITHMS, ids=repr)
async def test_algorithms_of_the_tokens_own_choice(alg: Any, stateless: bool) -> None:
    claims = claims_of(await make_user())
    body = f"{segment({'alg': alg, 'typ': 'JWT'})}.{segment(claims)}"
    right = segment(hmac.new(api_settings.SIGNING_KEY.encode(), body.encode(), hashlib.sha256).digest())
    for signature in ("", right, segment(b"\x00"), "!"):
        assert await verdict(SimpleJWT(stateless), f"{body}.{signature}") is Reason.INVALID


@either
@pytest.mark.parametrize("headers", HEADERS, ids=repr)
async def test_keys_of_the_tokens_own_choice(headers: dict[str, Any], stateless: bool) -> None:
    claims = claims_of(await make_user())
    for key in (b"k" * 32, b"", b"\x00"):
        assert await verdict(SimpleJWT(stateless), by_hmac(claims, key, **headers)) is Reason.INVALID


@either
@pytest.mark.parametrize("headers", HEADERS, ids=repr)
async def test_odd_headers_under_our_own_key_are_a_verdict(headers: Any, stateless: bool) -> None:
    """Our own key has signed it, so it may get in; what must not happen is another exception."""
    user = await make_user()
    found = await verdict(SimpleJWT(stateless), by_hmac(claims_of(user), api_settings.SIGNING_KEY.encode(), **headers))
    assert found is Reason.INVALID or str(found.user.pk) == str(user.pk)


# ── hostile claims ───────────────────────────────────────────────────────────────────────────────

ODD = [
    None, True, False, "", " ", "abc", "1\x00", "\ud800", "9999999999", "-1", "1e3", 0, -1, 1.5, 1e308, 10**12, 10**17,
    10**30, 2**31, 2**63, 2**64, -(2**63), float("inf"), float("nan"), [], [1], {}, {"a": 1}, [[]] * 3,
]  # fmt: skip
CLAIMS = ["exp", "iat", "nbf", "jti", "token_type", "user_id", "sub", "aud", "iss", "username", "is_active", "token"]


@either
@pytest.mark.parametrize("value", ODD, ids=[ascii(value)[:20] for value in ODD])
@pytest.mark.parametrize("claim", CLAIMS)
async def test_an_odd_claim_is_a_verdict(claim: str, value: Any, stateless: bool) -> None:
    user = await make_user()
    found = await verdict(SimpleJWT(stateless), signed(claims_of(user, **{claim: value})))
    if isinstance(found, Identity):
        holds_plain_facts(found)
        assert stateless or found.user == user
    else:
        assert found in {Reason.INVALID, Reason.EXPIRED}


def holds_plain_facts(identity: Identity) -> None:
    assert type(identity.expires_at) in (int, float)
    assert type(identity.issued_at) in (int, float, type(None))
    assert type(identity.token_id) in (str, type(None))
    assert identity.user.is_authenticated is True


@either
@given(
    claims=st.dictionaries(st.sampled_from(CLAIMS), st.sampled_from(ODD), max_size=4),
    dropped=st.sets(st.sampled_from(CLAIMS)),
)
async def test_odd_claims_are_a_verdict(claims: dict[str, Any], dropped: set[str], stateless: bool) -> None:
    user = (await get_user_model().objects.aget_or_create(username="odd"))[0]
    made = {name: value for name, value in claims_of(user, **claims).items() if name not in dropped}
    found = await verdict(SimpleJWT(stateless), signed(made))
    if isinstance(found, Identity):
        holds_plain_facts(found)


@either
@given(
    raw=st.one_of(st.binary(max_size=30), st.sampled_from([b"[]", b"1", b'"a"', b"null", b"[" * 5_000, b'{"a":' * 500]))
)
async def test_a_payload_that_is_no_object_is_refused(raw: bytes, stateless: bool) -> None:
    token = jwt.PyJWS().encode(raw, api_settings.SIGNING_KEY, algorithm="HS256")
    assert await verdict(SimpleJWT(stateless), token) is Reason.INVALID


@either
@given(
    token=st.one_of(
        st.text("abcXYZ019-_.=", max_size=60), st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    )
)
async def test_text_that_is_no_token_is_refused(token: str, stateless: bool) -> None:
    assert await verdict(SimpleJWT(stateless), token) is Reason.INVALID


@pytest.mark.parametrize("value", ODD, ids=[ascii(value)[:20] for value in ODD])
@pytest.mark.parametrize("field", ["id", "username", "date_joined"])
async def test_an_odd_user_id_names_nobody(field: str, value: Any, configured: Any) -> None:
    configured(USER_ID_FIELD=field)
    token = signed(claims_of(await make_user(), user_id=value))
    assert await verdict(SimpleJWT(), token) is Reason.INVALID


async def test_one_odd_user_id_does_not_spoil_the_others() -> None:
    """Lookups go out together: each gets its own answer."""
    user, backend = await make_user(), SimpleJWT()
    tokens = [signed(claims_of(user, user_id=value)) for value in (str(user.pk), "abc", str(user.pk), 2**70, [], "")]
    found = await asyncio.gather(*(verdict(backend, token) for token in tokens))
    assert [one if isinstance(one, Reason) else one.user for one in found] == [
        user, Reason.INVALID, user, Reason.INVALID, Reason.INVALID, Reason.INVALID,
    ]  # fmt: skip


async def test_refusals_carry_no_trace_of_simplejwt() -> None:
    with pytest.raises(Refused) as refused:
        await SimpleJWT().verify("not.a.token")
    assert (refused.value.__cause__, refused.value.__context__) == (None, None)
    assert pickle.loads(pickle.dumps(refused.value.reason)) is Reason.INVALID
