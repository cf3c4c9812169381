"""The credential among the offered subprotocols."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.flow import Open
from strategies.handshake import Handshake
from strategies.refusal import Reason, Refused
from strategies.subprotocol import DEFAULT_PROTOCOL, Subprotocol
from tests.strategies.hostile import TOKENS

APP = "chat.v1"


def find(*offered: str, **options: Any) -> str:
    return Subprotocol(**options).find(Handshake("", subprotocols=offered)).token


@pytest.mark.parametrize(
    ("offered", "token"),
    [
        ([APP, "bearer.abc"], "abc"),
        (["bearer.abc", APP], "abc"),
        (["a", "bearer.abc", "b"], "abc"),
        ([APP, "bearer.a.b-c_d"], "a.b-c_d"),
        ([APP, "bearer.bearer.abc"], "bearer.abc"),
        ([APP, "bearer.!#$&'*+-.^_`|~"], "!#$&'*+-.^_`|~"),
        ([APP, "bearer64.YWJj"], "abc"),
        ([APP, "bearer64.w6k"], "é"),
        (["a b", "", APP, "bearer.abc"], "abc"),
    ],
    ids=repr,
)
def test_finds(offered: list[str], token: str) -> None:
    assert find(*offered) == token


@pytest.mark.parametrize(
    ("offered", "reason"),
    [
        ([], Reason.MISSING),
        ([APP], Reason.MISSING),
        ([APP, "bearer"], Reason.MISSING),
        ([APP, "bearer."], Reason.MISSING),
        ([APP, "bearer64."], Reason.MISSING),
        ([APP, "bearer.a", "bearer.b"], Reason.AMBIGUOUS),
        ([APP, "bearer.a", "bearer64.YWJj"], Reason.AMBIGUOUS),
        ([APP, "bearer.a", "Bearer.b"], Reason.AMBIGUOUS),
        (["bearer.abc"], Reason.SUBPROTOCOL),
        (["bearer.abc", ""], Reason.SUBPROTOCOL),
        (["bearer.abc", "a b"], Reason.SUBPROTOCOL),
        (["bearer.abc", "a%20b"], Reason.SUBPROTOCOL),
        (["bearer.abc", "a\r\nb"], Reason.SUBPROTOCOL),
        ([APP, "Bearer.abc"], Reason.MALFORMED),
        ([APP, "BEARER64.YWJj"], Reason.MALFORMED),
        ([APP, " bearer.abc"], Reason.MALFORMED),
        ([APP, "bearer.abc "], Reason.MALFORMED),
        ([APP, "bearer.a b"], Reason.MALFORMED),
        ([APP, "bearer.a/b"], Reason.MALFORMED),
        ([APP, "bearer.a%20b"], Reason.MALFORMED),
        ([APP, "bearer.\u00e9"], Reason.MALFORMED),
        ([APP, "bearer64.YWJj="], Reason.MALFORMED),
        ([APP, "bearer64.YWJ"], Reason.MALFORMED),
        ([APP, "bearer64.YWJjZ"], Reason.MALFORMED),
        ([APP, "bearer64.YQ=="], Reason.MALFORMED),
        ([APP, "bearer64.YR"], Reason.MALFORMED),
        ([APP, "bearer64.a+b/"], Reason.MALFORMED),
        ([APP, "bearer64._w"], Reason.MALFORMED),
        ([APP, "bearer64.Y WJj"], Reason.MALFORMED),
        ([APP, "bearer64.\ud800"], Reason.MALFORMED),
        ([APP, "bearer64.\u00e9\u00e9"], Reason.MALFORMED),
    ],
    ids=repr,
)
def test_refuses(offered: list[str], reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        find(*offered)
    assert refused.value.reason is reason
    assert refused.value.__context__ is None


@given(st.text(st.sampled_from("ABCabc019-_"), max_size=12))
def test_base64_has_one_spelling_only(text: str) -> None:
    try:
        token = find(APP, f"bearer64.{text}")
    except Refused:
        return
    assert base64.urlsafe_b64encode(token.encode()).rstrip(b"=").decode() == text


@given(TOKENS)
def test_both_forms_say_the_same(token: str) -> None:
    encoded = "bearer64." + base64.urlsafe_b64encode(token.encode()).rstrip(b"=").decode()
    assert find(APP, encoded) == find(*Subprotocol().opening(token).subprotocols) == token


@pytest.mark.parametrize(
    ("token", "entry"),
    [("abc.d-e_f", "bearer.abc.d-e_f"), ("a/b", "bearer64.YS9i"), ("a%20", "bearer64.YSUyMA"), ("é", "bearer64.w6k")],
)
def test_opening_encodes_only_what_it_must(token: str, entry: str) -> None:
    assert Subprotocol().opening(token) == Open(subprotocols=(DEFAULT_PROTOCOL, entry))


# ── one protocol only ────────────────────────────────────────────────────────────────────────────


def test_a_route_may_insist_on_its_protocol() -> None:
    assert find(APP, "bearer.abc", protocol=APP) == "abc"
    assert Subprotocol(APP).opening("abc") == Open(subprotocols=(APP, "bearer.abc"))
    with pytest.raises(Refused, match="subprotocol"):
        find("chat.v2", "bearer.abc", protocol=APP)


@pytest.mark.parametrize("protocol", ["", "a b", "a%20", "a,b", "bearer.x", "Bearer64.x", "\u00e9", 1, [APP]], ids=repr)
def test_a_protocol_is_a_harmless_name(protocol: Any) -> None:
    with pytest.raises(ValueError, match="protocol must be a subprotocol name"):
        Subprotocol(protocol)


# ── scrub ────────────────────────────────────────────────────────────────────────────────────────

HEADER = b"sec-websocket-protocol"


@pytest.mark.parametrize(
    ("options", "offered", "headers", "kept", "left"),
    [
        ({}, [APP, "bearer.abc"], [(HEADER, b"chat.v1, bearer.abc")], [APP], [(HEADER, b"chat.v1")]),
        ({}, ["a", "bearer.abc", "b"], [(b"Sec-WebSocket-Protocol", b"x")], ["a", "b"], [(HEADER, b"a, b")]),
        ({}, [APP, "bearer.abc"], [(HEADER, b"chat.v1"), (HEADER, b"bearer.abc")], [APP], [(HEADER, b"chat.v1")]),
        ({}, ["bearer.abc"], [(HEADER, b"bearer.abc"), (b"host", b"x")], [], [(b"host", b"x")]),
        ({}, [], [(HEADER, b"bearer.abc")], [], []),  # a server that folded the entry away
        ({}, [APP, "bearer.abc"], [(b"host", b"x")], [APP], [(b"host", b"x"), (HEADER, b"chat.v1")]),  # or the header
        ({}, ["Bearer.a", " bearer.b", "a\r\nb", "\ud800"], [], [], []),
        ({"protocol": APP}, [APP, "other", "bearer.abc"], [(HEADER, b"x")], [APP], [(HEADER, b"chat.v1")]),
    ],
)
def test_scrub_writes_the_header_anew(
    options: dict[str, Any], offered: list[str], headers: list[Any], kept: list[str], left: list[Any]
) -> None:
    scope = {"type": "websocket", "subprotocols": offered, "headers": headers}
    assert Subprotocol(**options).scrub(scope) == {"type": "websocket", "subprotocols": kept, "headers": left}


@pytest.mark.parametrize("scope", [{}, {"headers": None, "subprotocols": None}], ids=repr)
def test_scrub_needs_nothing(scope: dict[str, Any]) -> None:
    assert Subprotocol().scrub(scope) == {"headers": [], "subprotocols": []}


@pytest.mark.parametrize(
    ("name", "carries"),
    [
        (APP, False),
        ("bearer", False),
        ("bearer.abc", True),
        ("Bearer.x", True),
        ("bearer.", True),
        ("bearer64.x", True),
    ],
)
def test_an_entry_that_looks_like_a_credential_is_one(name: str, carries: bool) -> None:
    """The gate asks this of each name alone before it puts one into an answer."""
    assert Subprotocol().carries(Handshake("", subprotocols=(name,))) is carries
