"""The cases: each one attempt, as a row with the threat it stands for and the verdict it must get.

Rules: a body is written in the words of `attempt` and knows its contender only by declared facts. Where
a contender has no such thing it raises `NotApplicable` with the reason, so that every table can say so.
Threats are numbered as in `docs/threats.md`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from .. import messages
from ..backend import NotApplicable, SampleKind
from ..flow import Open, Send
from ..refusal import Reason
from .attempt import Attempt, Call, Wrong, opening_of
from .contender import Contender, Sample

Body = Callable[[Attempt], Awaitable[None]]


@dataclass(frozen=True)
class Case:
    """One row. `id` names it on command lines and in reports, `title` says it in words."""

    id: str
    title: str
    threat: str
    body: Body
    group: str = ""
    """The section to which it belongs."""
    lasts: float = 0.0
    """Seconds that it may have to wait, the contender's deadline not included."""


CASES: list[Case] = []
SECTIONS: list[str] = []


def section(title: str) -> None:
    """The cases that follow belong to it, in tables too."""
    SECTIONS.append(title)


def case(id: str, title: str, threat: str = "", *, lasts: float = 0.0) -> Callable[[Body], Body]:
    """Adds a body to the list."""

    def add(body: Body) -> Body:
        CASES.append(Case(id, title, threat, body, SECTIONS[-1], lasts))
        return body

    return add


section("who gets in")


@case("valid", "a valid credential gets in, as its own user")
async def _valid(attempt: Attempt) -> None:
    sample = await attempt.sample()
    call = await attempt.present(sample.token)
    await call.expect_identity(sample.username)
    await call.expect_echo()


@case("each-their-own", "ten users at once each see only themselves", "T35")
async def _each_their_own(attempt: Attempt) -> None:
    samples = [await attempt.sample() for _ in range(10)]

    async def one(token: str, username: str) -> None:
        await (await attempt.present(token)).expect_identity(username)

    calls = [one(sample.token, sample.username) for sample in samples]
    for wrong in await asyncio.gather(*calls, return_exceptions=True):
        if wrong is not None:
            raise wrong


section("credentials that are no good")


@case("missing", "no credential at all")
async def _missing(attempt: Attempt) -> None:
    if attempt.contender.traits.accepts_first:
        raise NotApplicable("an accepted socket without a credential is the case 'silence'")
    call = await attempt.dial(_without_credential(attempt))
    await call.expect_refusal(Reason.MISSING)


@case("empty", "an empty credential")
async def _empty(attempt: Attempt) -> None:
    call = await attempt.present("")
    await call.expect_refusal(Reason.MISSING, Reason.BAD_MESSAGE, Reason.MALFORMED)


def _refused_sample(kind: SampleKind, title: str, threat: str, *reasons: Reason) -> None:
    """One row per kind of bad credential: presented as a client would, refused for one of these reasons."""

    async def body(attempt: Attempt) -> None:
        sample = await attempt.sample(kind)
        call = await attempt.present(sample.token)
        await call.expect_refusal(*reasons)

    case(kind.value.replace(" ", "-").replace("=", "-"), title, threat)(body)


for _kind, _title, _threat, _reasons in (
    (SampleKind.MALFORMED, "text that is no credential", "T28", (Reason.INVALID, Reason.MALFORMED)),
    (SampleKind.UNKNOWN, "a credential of the right form that nobody was given", "T28", (Reason.INVALID,)),
    (SampleKind.TAMPERED, "altered by its holder", "T20", (Reason.INVALID,)),
    (SampleKind.EXPIRED, "past its expiry", "T22", (Reason.EXPIRED, Reason.INVALID)),
    (SampleKind.NOT_YET_VALID, "valid only from tomorrow (nbf)", "T21", (Reason.INVALID,)),
    (SampleKind.NO_EXPIRY, "signed, but without an expiry", "T21", (Reason.INVALID,)),
    (SampleKind.REVOKED, "taken back: deleted, blacklisted or logged out", "T24", (Reason.INVALID, Reason.REVOKED)),
    (SampleKind.INACTIVE_USER, "of a deactivated user", "T25", (Reason.INACTIVE, Reason.INVALID)),
    (SampleKind.DELETED_USER, "of a deleted user", "T25", (Reason.INVALID,)),
    (SampleKind.PASSWORD_CHANGED, "older than its user's password", "T26", (Reason.INVALID,)),
    (SampleKind.REFRESH_AS_ACCESS, "a refresh token in place of an access token", "T21", (Reason.INVALID,)),
    (SampleKind.ALG_NONE, "a token with alg=none", "T20", (Reason.INVALID,)),
    (SampleKind.EMPTY_SIGNATURE, "a token with an empty signature", "T20", (Reason.INVALID,)),
    (SampleKind.OTHER_KEY, "signed with another key", "T20", (Reason.INVALID,)),
    (SampleKind.NO_USER, "genuine, but naming no user", "T05", (Reason.INVALID,)),
):
    _refused_sample(_kind, _title, _threat, *_reasons)


@case("oversize", "a credential over the policy's size", "T12")
async def _oversize(attempt: Attempt) -> None:
    call = await attempt.present("a" * (attempt.contender.policy.max_credential_bytes + 1))
    await call.expect_refusal(Reason.OVERSIZE)


section("carriers")


@case("duplicate", "two users' credentials in the same carrier", "T12")
async def _duplicate(attempt: Attempt) -> None:
    _needs_carrier(attempt)
    one, other = await attempt.sample(), await attempt.sample()
    opening = _both(_opening(attempt, one.token), _opening(attempt, other.token))
    call = await attempt.dial(opening, secret=one.token)
    await call.expect_refusal(Reason.AMBIGUOUS, Reason.MALFORMED)


@case("duplicate-same", "the same credential twice in the same carrier", "T12")
async def _duplicate_same(attempt: Attempt) -> None:
    _needs_carrier(attempt)
    sample = await attempt.sample()
    opening = _opening(attempt, sample.token)
    if opening.subprotocols:
        raise NotApplicable("a client may not offer the same subprotocol twice [RFC 6455 §4.1]")
    call = await attempt.dial(_both(opening, opening), secret=sample.token)
    await call.expect_refusal(Reason.AMBIGUOUS, Reason.MALFORMED)


@case("other-carrier", "a valid credential, but only where another strategy would look for it", "T30")
async def _other_carrier(attempt: Attempt) -> None:
    sample = await attempt.sample()
    for other in _others(attempt):
        opening = _both(_without_credential(attempt), opening_of(other.client(sample.token)))
        call = await attempt.dial(opening, secret=sample.token)
        await call.say(command="whoami")
        await call.expect_refusal(Reason.MISSING, Reason.EARLY_MESSAGE)


@case("two-carriers", "a credential here and another user's in another explicit carrier", "T13")
async def _two_carriers(attempt: Attempt) -> None:
    explicit = [other for other in _others(attempt) if not other.traits.ambient]
    if not explicit:
        raise NotApplicable("no other explicit carrier is configured")
    for other in explicit:
        call = await _mixed(attempt, await attempt.sample(), await other.sample(SampleKind.VALID), other)
        await call.expect_refusal(Reason.AMBIGUOUS)


@case("ambient-ignored", "a credential here and another user's in a cookie: the cookie is ignored", "T13")
async def _ambient_ignored(attempt: Attempt) -> None:
    ambient = [other for other in _others(attempt) if other.traits.ambient]
    if attempt.contender.traits.ambient or not ambient:
        raise NotApplicable("needs an explicit carrier here and an ambient one elsewhere")
    for other in ambient:
        sample = await attempt.sample()
        call = await _mixed(attempt, sample, await other.sample(SampleKind.VALID), other)
        await call.expect_identity(sample.username)


section("origins")


def _refused_origin(id: str, title: str, threat: str, make: Callable[[str], str]) -> None:
    """One row per Origin that is not the allowed one, though it may look like it."""

    async def body(attempt: Attempt) -> None:
        allowed = attempt.contender.origin
        if allowed is None:
            raise NotApplicable("the policy names no origins")
        sample = await attempt.sample()
        call = await attempt.present(sample.token, origin=make(allowed))
        await call.expect_refusal(Reason.ORIGIN, or_400=True)

    case(id, title, threat)(body)


_refused_origin(
    "foreign-origin", "from a foreign page, with a valid credential", "T01", lambda _: "https://evil.example"
)
_refused_origin("sibling-origin", "from a sibling subdomain", "T02", lambda allowed: _host(allowed, "sibling.{}"))
_refused_origin("null-origin", "Origin: null (a sandboxed frame, a file)", "T03", lambda _: "null")
_refused_origin(
    "suffix-origin", "an Origin that begins with the allowed one", "T03", lambda allowed: f"{allowed}.evil.example"
)
_refused_origin(
    "host-suffix-origin",
    "an Origin whose host begins with the allowed one",
    "T03",
    lambda allowed: _host(allowed, "{}.evil.example"),
)
_refused_origin(
    "prefix-origin", "an Origin whose host ends with the allowed one", "T03", lambda allowed: _host(allowed, "evil{}")
)
_refused_origin(
    "userinfo-origin", "an Origin with the allowed host as user name", "T03", lambda allowed: f"{allowed}@evil.example"
)
_refused_origin(
    "scheme-origin",
    "the allowed host under another scheme",
    "T03",
    lambda allowed: f"wss://{allowed.partition('://')[2]}",
)
_refused_origin(
    "port-origin", "the allowed host on another port", "T03", lambda allowed: f"{allowed.rpartition(':')[0]}:4"
)
_refused_origin("dot-origin", "the allowed host with a trailing dot", "T03", lambda allowed: _host(allowed, "{}."))
_refused_origin("path-origin", "the allowed Origin with a path", "T03", lambda allowed: f"{allowed}/")


@case("forwarded-host", "from a foreign page that names its own host as the one that was asked for", "T04")
async def _forwarded_host(attempt: Attempt) -> None:
    if attempt.contender.origin is None:
        raise NotApplicable("the policy names no origins")
    sample = await attempt.sample()
    forged = Open(headers=((b"x-forwarded-host", b"evil.example"), (b"x-forwarded-proto", b"https")))
    opening = _both(_opening(attempt, sample.token), forged)
    call = await attempt.dial(opening, secret=sample.token, origin="https://evil.example")
    await call.expect_refusal(Reason.ORIGIN, or_400=True)


@case("two-origins", "two Origin lines, the allowed one and a foreign one", "T03")
async def _two_origins(attempt: Attempt) -> None:
    if attempt.contender.origin is None:
        raise NotApplicable("the policy names no origins")
    sample = await attempt.sample()
    second = Open(headers=((b"origin", b"https://evil.example"),))
    call = await attempt.dial(_both(_opening(attempt, sample.token), second), secret=sample.token)
    await call.expect_refusal(Reason.ORIGIN, or_400=True)


@case("case-origin", "the allowed Origin in upper case is the same Origin", "T03")
async def _case_origin(attempt: Attempt) -> None:
    allowed = attempt.contender.origin
    if allowed is None:
        raise NotApplicable("the policy names no origins")
    sample = await attempt.sample()
    await (await attempt.present(sample.token, origin=allowed.upper())).expect_identity(sample.username)


@case("no-origin", "no Origin: refused for ambient credentials, the policy's choice for others", "T03")
async def _no_origin(attempt: Attempt) -> None:
    contender = attempt.contender
    sample = await attempt.sample()
    call = await attempt.present(sample.token, origin=None)
    if contender.policy.native_clients and not contender.traits.ambient:
        await call.expect_identity(sample.username)
    else:
        await call.expect_refusal(Reason.ORIGIN)


section("what the application gets to see")


@case("nothing-left", "the application's scope and the answer hold nothing of the credential", "T07")
async def _nothing_left(attempt: Attempt) -> None:
    sample = await attempt.sample()
    call = await attempt.present(sample.token)
    await call.expect_identity(sample.username)
    await call.expect_nothing_left()


@case("not-reflected", "a refused credential is not in the answer", "T08")
async def _not_reflected(attempt: Attempt) -> None:
    sample = await attempt.sample(SampleKind.MALFORMED)
    call = await attempt.present(sample.token)
    await call.expect_refusal(Reason.INVALID, Reason.MALFORMED)


@case("never-called", "the application is not called for a refused client")
async def _never_called(attempt: Attempt) -> None:
    call = await attempt.present((await attempt.sample(SampleKind.MALFORMED)).token)
    await call.line.send(json.dumps({"command": "whoami"}))
    still_open = True
    while still_open:
        still_open = await _still_open(call)
        if (await call.observe()).runs:
            raise Wrong("the application ran")


@case("early-frame", "frames sent right after the 101 by a refused client never arrive", "T14")
async def _early_frame(attempt: Attempt) -> None:
    call = await attempt.dial(_opening(attempt, (await attempt.sample(SampleKind.MALFORMED)).token))
    if not call.line.answer.accepted:
        await call.expect_refusal(Reason.INVALID, Reason.MALFORMED)
        raise NotApplicable("refused before the upgrade: there is no socket to send on")
    await call.line.send(*(json.dumps({"command": "echo", "data": number}) for number in range(5)))
    await call.expect_refusal(Reason.INVALID, Reason.MALFORMED, Reason.EARLY_MESSAGE)
    if (await call.observe()).frames:
        raise Wrong("the application received a frame of a refused client")


section("the first message")


@case("silence", "an accepted socket that never presents a credential is closed at the deadline", "T15")
async def _silence(attempt: Attempt) -> None:
    if not attempt.contender.traits.accepts_first:
        raise NotApplicable("nobody is accepted before the credential is known")
    started = time.monotonic()
    call = await attempt.dial(_without_credential(attempt))
    await call.expect_refusal(Reason.TIMEOUT)
    took, deadline = time.monotonic() - started, attempt.contender.policy.deadline
    if attempt.contender.documented and abs(took - deadline) > 0.5:
        raise Wrong(f"closed after {took:.1f} s, expected {deadline:g} ± 0.5 s")


def _refused_message(
    id: str, title: str, threat: str, frame: Callable[[Attempt], str | bytes], *reasons: Reason
) -> None:
    """One row per first frame that is no `auth` message."""

    async def body(attempt: Attempt) -> None:
        _needs_auth_message(attempt)
        call = await attempt.dial(_without_credential(attempt))
        await call.send(frame(attempt))
        await call.expect_refusal(*reasons)

    case(id, title, threat)(body)


def _message(text: str | bytes) -> Callable[[Attempt], str | bytes]:
    return lambda _: text


for _id, _title, _threat, _frame, _why in (
    ("binary", "a binary first frame", "T19", _message(messages.auth("x").encode()), Reason.BAD_MESSAGE),
    ("not-json", "a first frame that is not JSON", "T19", _message("hello"), Reason.BAD_MESSAGE),
    ("empty-frame", "an empty first frame", "T19", _message(""), Reason.BAD_MESSAGE),
    ("json-array", "a JSON array", "T19", _message('["auth"]'), Reason.BAD_MESSAGE),
    ("no-token", "an auth message without a token", "T19", _message('{"type":"auth"}'), Reason.BAD_MESSAGE),
    ("token-number", "a number as token", "T19", _message('{"type":"auth","token":1}'), Reason.BAD_MESSAGE),
    ("token-null", "null as token", "T19", _message('{"type":"auth","token":null}'), Reason.BAD_MESSAGE),
    ("token-list", "a list as token", "T19", _message('{"type":"auth","token":["x"]}'), Reason.BAD_MESSAGE),
    ("token-object", "an object as token", "T19", _message('{"type":"auth","token":{"a":1}}'), Reason.BAD_MESSAGE),
    ("token-nul", "NUL inside the token", "T19", _message('{"type":"auth","token":"a\\u0000b"}'), Reason.BAD_MESSAGE),
    (
        "surrogate",
        "a lone surrogate as token",
        "T19",
        _message('{"type":"auth","token":"\\ud800"}'),
        Reason.BAD_MESSAGE,
    ),
    ("nan", "NaN in the message", "T19", _message('{"type":"auth","token":NaN}'), Reason.BAD_MESSAGE),
    (
        "duplicate-keys",
        "the token given twice in one message",
        "T19",
        _message('{"type":"auth","token":"a","token":"b"}'),
        Reason.BAD_MESSAGE,
    ),
    ("deep", "JSON nested as deep as the cap allows", "T16", lambda a: "[" * _cap(a), Reason.BAD_MESSAGE),
    ("too-large", "a message over the cap", "T16", lambda a: messages.auth("a" * _cap(a)), Reason.MESSAGE_TOO_LARGE),
    (
        "application-first",
        "an application message before auth",
        "T14",
        _message('{"command":"whoami"}'),
        Reason.EARLY_MESSAGE,
    ),
    ("refresh-first", "a refresh in place of auth", "T23", _message(messages.refresh("x")), Reason.EARLY_MESSAGE),
):
    _refused_message(_id, _title, _threat, _frame, _why)


@case("two-auths", "two auth messages at once: never the second one's user", "T14")
async def _two_auths(attempt: Attempt) -> None:
    _needs_auth_message(attempt)
    one, other = await attempt.sample(), await attempt.sample()
    call = await _say_at_once(attempt, one.token, messages.auth(other.token))
    await call.expect_refusal_or_end(one.username, Reason.BAD_MESSAGE, Reason.SECOND_AUTH)


@case("auth-and-command", "a command sent together with auth does not overtake the verdict", "T14")
async def _auth_and_command(attempt: Attempt) -> None:
    _needs_auth_message(attempt)
    bad = await attempt.sample(SampleKind.MALFORMED)
    call = await _say_at_once(attempt, bad.token, json.dumps({"command": "whoami"}))
    await call.expect_refusal(Reason.INVALID, Reason.MALFORMED, Reason.EARLY_MESSAGE)
    if (await call.observe()).frames:
        raise Wrong("the application received the command of a refused client")


@case("second-auth", "an auth message on an authenticated socket ends it", "T13")
async def _second_auth(attempt: Attempt) -> None:
    _needs_auth_message(attempt)
    one, other = await attempt.sample(), await attempt.sample()
    call = await attempt.present(one.token)
    await call.expect_identity(one.username)
    await call.send(messages.auth(other.token))
    await call.expect_end(Reason.SECOND_AUTH)


@case("announced", "auth.required and auth.ok say what PROTOCOL.md says")
async def _announced(attempt: Attempt) -> None:
    contender = attempt.contender
    if not contender.traits.accepts_first:
        raise NotApplicable("the answer to the handshake says it all")
    sample = await attempt.sample()
    call = await attempt.present(sample.token)
    await call.expect_identity(sample.username)
    notices = [messages.read_object(text) for text in call.received if messages.is_notice(text)]
    wanted = ["auth.required", "auth.ok"] if contender.policy.announce else []
    if [notice["type"] for notice in notices] != wanted:
        raise Wrong(f"announced {[notice['type'] for notice in notices]}, expected {wanted}")
    if not notices:
        return
    required, ok = notices
    told = {"timeout": contender.policy.deadline, "max_bytes": contender.policy.max_message_bytes}
    if not told.items() <= required.items():
        raise Wrong(f"auth.required does not tell {told}")
    if not {"expires_in", "refresh_in"} <= ok.keys():
        raise Wrong("auth.ok lacks its fields")


section("subprotocols")


@case("protocol-named", "the answer names the application protocol, never the credential", "T08")
async def _protocol_named(attempt: Attempt) -> None:
    opening, token = await _subprotocol_opening(attempt)
    call = await attempt.dial(opening, secret=token)
    if call.line.answer.subprotocol != opening.subprotocols[0]:
        raise Wrong("the answer does not name the application protocol")


@case("no-app-protocol", "only the credential is offered, no application protocol", "T09")
async def _no_app_protocol(attempt: Attempt) -> None:
    opening, token = await _subprotocol_opening(attempt)
    call = await attempt.dial(replace(opening, subprotocols=opening.subprotocols[1:]), secret=token)
    if attempt.contender.policy.refuse == "close" and call.line.answer.status == 0:
        return  # no protocol can be named, so a strict client ends the handshake itself
    await call.expect_refusal(Reason.SUBPROTOCOL)


@case("bearer64", "the base64url form gets in too")
async def _bearer64(attempt: Attempt) -> None:
    opening, _ = await _subprotocol_opening(attempt)
    sample = await attempt.sample()
    entry = "bearer64." + base64.urlsafe_b64encode(sample.token.encode()).rstrip(b"=").decode()
    call = await attempt.dial(replace(opening, subprotocols=(opening.subprotocols[0], entry)), secret=sample.token)
    await call.expect_identity(sample.username)


@case("bearer-case", "the prefix in another case is no way around the rules", "T10")
async def _bearer_case(attempt: Attempt) -> None:
    opening, token = await _subprotocol_opening(attempt)
    protocol, entry = opening.subprotocols
    call = await attempt.dial(replace(opening, subprotocols=(protocol, f"B{entry[1:]}")), secret=token)
    await call.expect_refusal(Reason.MALFORMED)


section("the query")


@case("array-key", "the credential under an array key, name[]=…", "T12")
async def _array_key(attempt: Attempt) -> None:
    name, token = await _parameter(attempt)
    call = await attempt.dial(Open(query=((f"{name}[]", token),)), secret=token)
    await call.expect_refusal(Reason.MALFORMED, Reason.MISSING)


@case("trailing-junk", "the credential with a space or NUL behind it", "T12")
async def _trailing_junk(attempt: Attempt) -> None:
    name, token = await _parameter(attempt)
    for junk in (" ", "\x00", "\n"):
        call = await attempt.dial(Open(query=((name, token + junk),)), secret=token)
        await call.expect_refusal(Reason.MALFORMED, Reason.INVALID)


# ── the words above ──────────────────────────────────────────────────────────────────────────────


def _cap(attempt: Attempt) -> int:
    return attempt.contender.policy.max_message_bytes


def _opening(attempt: Attempt, token: str) -> Open:
    return opening_of(attempt.contender.client(token))


def _without_credential(attempt: Attempt) -> Open:
    """The contender's upgrade request with the credential left out."""
    opening = _opening(attempt, "x")
    return Open(subprotocols=opening.subprotocols[:1])


def _needs_carrier(attempt: Attempt) -> None:
    if _opening(attempt, "x") == Open():
        raise NotApplicable("the upgrade request holds no credential")


def _both(one: Open, other: Open) -> Open:
    more = tuple(name for name in other.subprotocols if name not in one.subprotocols)
    return Open(one.query + other.query, one.headers + other.headers, one.subprotocols + more)


def _others(attempt: Attempt) -> list[Contender]:
    """Contenders of the project that put a credential somewhere else into the upgrade request."""
    found = [other for other in attempt.contender.others if opening_of(other.client("x")) != Open()]
    if not found:
        raise NotApplicable("no other strategy is configured that puts a credential into the handshake")
    return found


async def _mixed(attempt: Attempt, own: Sample, foreign: Sample, other: Contender) -> Call:
    """Presents `own` as the contender wants it, with `foreign` in the other's carrier of the same request."""
    flow = attempt.contender.client(own.token)
    opening = _both(opening_of(flow), opening_of(other.client(foreign.token)))
    call = await attempt.dial(opening, secret=own.token)
    await call.converse(flow)
    return call


def _needs_auth_message(attempt: Attempt) -> None:
    flow = attempt.contender.client("x")
    opening_of(flow)
    step = next(flow, None)
    if not isinstance(step, Send) or not messages.is_type(step.text, "auth"):
        raise NotApplicable("the credential is not an auth message")


async def _say_at_once(attempt: Attempt, token: str, second: str) -> Call:
    """An auth message and another frame, the second without waiting for an answer to the first."""
    call = await attempt.dial(_without_credential(attempt), secret=token)
    await call.send(messages.auth(token), second)
    return call


async def _subprotocol_opening(attempt: Attempt) -> tuple[Open, str]:
    """An opening that offers [application protocol, credential], and the credential."""
    if not attempt.contender.traits.in_subprotocol or len(_opening(attempt, "x").subprotocols) != 2:
        raise NotApplicable("the credential is not among the subprotocols")
    sample = await attempt.sample()
    return _opening(attempt, sample.token), sample.token


async def _parameter(attempt: Attempt) -> tuple[str, str]:
    """The name of the query parameter, and a credential."""
    query = _opening(attempt, "x").query
    if not attempt.contender.traits.in_url or len(query) != 1:
        raise NotApplicable("the credential is not in the query string")
    return query[0][0], (await attempt.sample()).token


async def _still_open(call: Call) -> bool:
    return isinstance(await call.line.receive(), str | bytes)


def _host(origin: str, pattern: str) -> str:
    scheme, _, rest = origin.partition("://")
    host, colon, port = rest.partition(":")
    return f"{scheme}://{pattern.format(host)}{colon}{port}"
