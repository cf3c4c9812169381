"""The credential as a query parameter."""

from __future__ import annotations

from typing import Any

import pytest

from strategies.flow import Open
from strategies.handshake import Handshake
from strategies.querystring import QueryString
from strategies.refusal import Reason, Refused


def find(raw: bytes, **options: Any) -> str:
    return QueryString(**options).find(Handshake("", query_string=raw)).token


@pytest.mark.parametrize(
    ("raw", "token"),
    [
        (b"token=abc", "abc"),
        (b"?token=x&token=abc", "abc"),  # a second question mark belongs to the name before it
        (b"a=1&token=abc&b=2", "abc"),
        (b"%74oken=%61bc", "abc"),
        (b"token=a%2Bb", "a+b"),
        (b"token=a+b", "a b"),  # the gate refuses white space
        (b"token=a;b", "a;b"),
        (b"token=a%26b=c", "a&b=c"),
        (b"Token=x&token=abc", "abc"),
    ],
    ids=repr,
)
def test_finds(raw: bytes, token: str) -> None:
    assert find(raw) == token


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", Reason.MISSING),
        (b"token", Reason.MISSING),
        (b"token=", Reason.MISSING),
        (b"TOKEN=abc", Reason.MISSING),
        (b"access_token=abc", Reason.MISSING),
        (b"token=a&token=b", Reason.AMBIGUOUS),
        (b"token=a&token=a", Reason.AMBIGUOUS),
        (b"token=&token=a", Reason.AMBIGUOUS),
        (b"token=a&%74oken=b", Reason.AMBIGUOUS),
        (b"token[]=a", Reason.MALFORMED),
        (b"token=a&token[x]=b", Reason.MALFORMED),
        (b"token=%ff", Reason.MALFORMED),
    ],
    ids=repr,
)
def test_refuses(raw: bytes, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        find(raw)
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        (b"token=abc", b""),
        (b"a=1&token=abc&b=%32", b"a=1&b=%32"),
        (b"token=a&x=1&%74oken=b&token", b"x=1"),
        (b"tokens=1&atoken=2&token.x=3", b"tokens=1&atoken=2&token.x=3"),
        (b"a=1&&b", b"a=1&&b"),
        (b"", b""),
    ],
    ids=repr,
)
def test_scrub_leaves_the_other_fields_as_they_were(raw: bytes, left: bytes) -> None:
    scope = {"query_string": raw, "path": "/", "headers": []}
    assert QueryString().scrub(scope) == {"query_string": left, "path": "/", "headers": []}


@pytest.mark.parametrize("scope", [{}, {"query_string": None}], ids=repr)
def test_scrub_needs_no_query_string(scope: dict[str, Any]) -> None:
    assert QueryString().scrub(scope) == {"query_string": b""}


def test_another_parameter() -> None:
    strategy = QueryString(parameter="ticket")
    assert strategy.opening("abc") == Open(query=(("ticket", "abc"),))
    assert find(b"token=x&ticket=abc", parameter="ticket") == "abc"
    assert strategy.scrub({"query_string": b"token=x&ticket=abc"}) == {"query_string": b"token=x"}


@pytest.mark.parametrize("parameter", ["", "a b", "a[]", "a&b", "a=b", "t\u00f6ken", 1, None, ["token"]], ids=repr)
def test_a_parameter_is_a_plain_name(parameter: Any) -> None:
    with pytest.raises(ValueError, match="parameter must be a plain name"):
        QueryString(parameter)
