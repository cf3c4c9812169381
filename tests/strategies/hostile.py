"""What hypothesis may throw at the strategies: tokens, spellings of them, and hostile handshakes."""

from __future__ import annotations

import json
from urllib.parse import quote

from hypothesis import strategies as st

from strategies.flow import Open
from strategies.handshake import Scope
from tests.strategies.toys import ORIGIN, scope_of

MAX_CREDENTIAL = 4_096

_anything_safe = st.characters(min_codepoint=0x21, exclude_characters="\x7f", exclude_categories=["Cs"])


def within(tokens: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return tokens.filter(lambda token: len(token.encode()) <= MAX_CREDENTIAL)


TOKENS = within(
    st.one_of(
        st.text(_anything_safe, min_size=1),
        st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=300),
        st.from_regex(r"\A[A-Za-z0-9_-]{1,60}\.[A-Za-z0-9_-]{1,60}\.[A-Za-z0-9_-]{1,60}\Z"),
        st.integers(1, MAX_CREDENTIAL).map(lambda size: "f" * size),
    )
)
"""Every text that `messages.unsafe` lets pass and a policy's size admits."""

VISIBLE = within(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1))
COOKIE_TOKENS = VISIBLE.filter(lambda token: not set(token) & set('",;\\\\'))
"""What a cookie can hold [RFC 6265 §4.1.1]: a semicolon ends it, for some a comma too, and quotes are dropped."""

CARRIED = {"cookie": COOKIE_TOKENS, "header": VISIBLE}
"""By strategy, where not all of `TOKENS`."""

MARKED = st.text("0123456789abcdef", min_size=12, max_size=40).map(lambda text: "zq" + text)
"""Tokens to search for: hypothesis itself would never write one by accident."""

UNSAFE = st.text(st.sampled_from("\x00\x09\x0a\x1f \x7f\ud800\udfff"), min_size=1, max_size=3)
"""White space, control characters and lone surrogates."""


# ── spellings ────────────────────────────────────────────────────────────────────────────────────


@st.composite
def percent_encoded(draw: st.DrawFn, text: str) -> bytes:
    """One of the spellings of a text in a query string: each byte as it is or as %XX, in either case."""
    spelled = []
    for byte in text.encode():
        plain = quote(bytes([byte]), safe="")
        how = draw(st.sampled_from(["plain", "upper", "lower"]))
        spelled.append(plain if how == "plain" else f"%{byte:02X}" if how == "upper" else f"%{byte:02x}")
    return "".join(spelled).encode()


@st.composite
def mixed_case(draw: st.DrawFn, name: bytes) -> bytes:
    return bytes(draw(st.sampled_from(sorted({chr(byte).lower(), chr(byte).upper()}))).encode()[0] for byte in name)


# ── hostile handshakes ───────────────────────────────────────────────────────────────────────────

_BYTES = st.binary(max_size=60)
_WORDS = st.sampled_from(
    [b"token", b"token[]", b"%74oken", b"tok%65n=", b"=", b"&", b"+", b"%", b"%zz", b"%00", b"\xff", b";", b'"', b" "]
)
_SNIPPETS = st.lists(st.one_of(_WORDS, st.binary(max_size=6)), max_size=12).map(b"".join)

_NAMES = st.one_of(
    st.sampled_from([b"cookie", b"Cookie", b"COOKIE", b"authorization", b"Authorization", b"origin", b"Origin"]),
    st.sampled_from([b"sec-websocket-protocol", b"Sec-WebSocket-Protocol", b"", b"host", b"\xff"]),
    st.binary(max_size=10),
)
_VALUES = st.one_of(
    _BYTES,
    st.sampled_from([b"", b" ", b"Bearer", b"Bearer ", b"bearer x", b"Token  x", b"Bearer x y", b"Basic eA=="]),
    st.sampled_from([b"sessionid", b"sessionid=", b'sessionid="', b'sessionid=""', b"sessionid=a; sessionid=b", b";;"]),
    st.sampled_from([ORIGIN.encode(), ORIGIN.upper().encode(), b"null", b"\xff", b"https://app.example, x"]),
    st.lists(st.sampled_from([b"sessionid=", b"x", b";", b'"', b" ", b"\xff", b"=", b"Bearer "]), max_size=10).map(
        b"".join
    ),
)
_SUBPROTOCOLS = st.one_of(
    st.text(max_size=20),
    st.text(st.characters(categories=["Cs"]), max_size=4),
    st.sampled_from(["bearer.", "bearer.x", "Bearer.x", " bearer.x", "bearer64.", "bearer64.eA", "bearer64.eA=="]),
    st.sampled_from(["bearer64.\ud800", "bearer64._w", "bearer.a b", "wsauth.v1", "", " ", "a,b", "a\r\nb", "%0d"]),
    st.text(max_size=8).map(lambda text: f"bearer.{text}"),
    st.text(max_size=8).map(lambda text: f"bearer64.{text}"),
)
_CLIENTS = st.sampled_from([None, ["127.0.0.1", 1], ("::1", 2), ("\x1b[31m", 3), [], ["", None]])


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    """Upgrade requests as a server might pass them on: in its own types, with or without the optional keys."""
    pairs = draw(st.lists(st.tuples(_NAMES, _VALUES), max_size=8))
    container = draw(st.sampled_from([list, tuple]))
    pair_type = draw(st.sampled_from([list, tuple]))
    subprotocols = draw(st.lists(_SUBPROTOCOLS, max_size=6))
    scope: Scope = {
        **scope_of(Open(), origin=None),
        "path": draw(st.text(max_size=20)),
        "query_string": draw(st.one_of(_BYTES, _SNIPPETS, _SNIPPETS.map(bytearray))),
        "headers": container(pair_type(pair) for pair in pairs),
        "subprotocols": container(subprotocols),
        "client": draw(_CLIENTS),
    }
    for optional in draw(st.sets(st.sampled_from(["query_string", "headers", "subprotocols", "client", "extensions"]))):
        scope[optional] = None
    for absent in draw(st.sets(st.sampled_from(["query_string", "headers", "subprotocols", "client", "extensions"]))):
        del scope[absent]
    if draw(st.booleans()):
        scope["cookies"] = draw(st.dictionaries(st.sampled_from(["sessionid", "other"]), st.text(max_size=5)))
        scope["session"] = {"_auth_user_id": "1"}
    return scope


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


FRAMES = st.one_of(
    st.text(max_size=60),
    st.binary(max_size=60),
    _JSON.map(json.dumps),
    st.fixed_dictionaries({"type": _JSON | st.just("auth"), "token": _JSON}).map(json.dumps),
    st.fixed_dictionaries({"type": st.just("auth"), "token": st.text(max_size=20)}).map(json.dumps),
    st.sampled_from(
        [
            "",
            "{",
            "[" * 5_000,
            '{"a":' * 2_000,
            '{"type":"auth","token":"a","token":"b"}',
            '{"type":"auth","token":"a","type":"auth"}',
            '{"type":"auth","token":"x","n":' + "9" * 5_000 + "}",
            '{"type":"auth","token":"\\ud800"}',
            '{"\\u0074ype":"\\u0061uth","token":"x"}',
            '\ufeff{"type":"auth","token":"x"}',
            '{"type":"auth","token":"x"} ',
            '{"type":"auth","token":"x"}{"type":"auth","token":"y"}',
            '{"type":"auth","token":"x","deep":' + "[" * 500 + "]" * 500 + "}",
            '{"type":"auth","token":1e999}',
            '{"type":"auth","token":NaN}',
            "x" * 9_000,
            "\u20ac" * 4_000,
            b"\x00" * 9_000,
        ]
    ),
)
"""First frames: junk, JSON of every kind, and nearly right ones."""
