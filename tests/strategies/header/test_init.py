"""The credential in the Authorization header."""

from __future__ import annotations

from typing import Any

import pytest

from strategies.flow import Open
from strategies.handshake import Handshake
from strategies.header import Header
from strategies.refusal import Reason, Refused


def find(*values: bytes, **options: Any) -> str:
    return Header(**options).find(Handshake("", headers=tuple((b"authorization", value) for value in values))).token


@pytest.mark.parametrize(
    ("values", "token"),
    [
        ([b"Bearer abc"], "abc"),
        ([b"Token abc"], "abc"),
        ([b"bearer abc"], "abc"),
        ([b"BEARER abc"], "abc"),
        ([b"  Bearer   abc  "], "abc"),
        ([b"Bearer a b"], "a b"),  # the gate refuses white space
        ([b"Bearer Bearer"], "Bearer"),
        ([b"Bearer \xc3\xa9"], "é"),
        (["Bearer \u00a0a\u3000".encode()], "\u00a0a\u3000"),  # no white space of HTTP's
        ([b"Basic eDp5", b"Bearer abc"], "abc"),  # a gateway's own log-in
    ],
    ids=repr,
)
def test_finds(values: list[bytes], token: str) -> None:
    assert find(*values) == token


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([], Reason.MISSING),
        ([b""], Reason.MISSING),
        ([b"Bearer"], Reason.MISSING),
        ([b"Bearer  "], Reason.MISSING),
        ([b"Basic eDp5"], Reason.MISSING),
        ([b"Bearerabc"], Reason.MISSING),
        ([b"Bearer:abc"], Reason.MISSING),
        ([b"abc"], Reason.MISSING),
        ([b"Bearer a", b"Bearer b"], Reason.AMBIGUOUS),
        ([b"Bearer a", b"Token a"], Reason.AMBIGUOUS),
        ([b"Bearer", b"Bearer a"], Reason.AMBIGUOUS),
        ([b"Bearer \xff"], Reason.MALFORMED),
    ],
    ids=repr,
)
def test_refuses(values: list[bytes], reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        find(*values)
    assert refused.value.reason is reason


def test_scrub_takes_every_authorization() -> None:
    scope = {"headers": [(b"Authorization", b"Bearer a"), [b"host", b"x"], (b"AUTHORIZATION", b"Basic eDp5")], "a": 1}
    assert Header().scrub(scope) == {"headers": [[b"host", b"x"]], "a": 1}


@pytest.mark.parametrize("scope", [{}, {"headers": None}], ids=repr)
def test_scrub_needs_nothing(scope: dict[str, Any]) -> None:
    assert Header().scrub(scope) == {"headers": []}


def test_other_schemes() -> None:
    strategy = Header(schemes=["JWT"])
    assert strategy.opening("abc") == Open(headers=((b"authorization", b"JWT abc"),))
    assert find(b"jwt abc", schemes=["JWT"]) == "abc"
    with pytest.raises(Refused, match="missing"):
        find(b"Bearer abc", schemes=["JWT"])


@pytest.mark.parametrize(
    "schemes", ["Bearer", [], (), [""], ["a b"], [b"Bearer"], ["Bearer", 1], ["B\u00e4rer"], None, 5], ids=repr
)
def test_schemes_are_a_list_of_names(schemes: Any) -> None:
    with pytest.raises(ValueError, match="schemes must be a list of names"):
        Header(schemes)


@pytest.mark.parametrize("token", ["\u00e9", "\u20ac", "a b", "a\r\nX: b", "\x00"], ids=ascii)
def test_a_credential_that_no_header_holds_is_the_callers_error(token: str) -> None:
    with pytest.raises(ValueError, match=r"header can't hold this credential|holds no white space"):
        Header().opening(token)
