"""The credential in a cookie."""

from __future__ import annotations

from typing import Any

import pytest

from strategies.cookie import Cookie
from strategies.flow import Open
from strategies.handshake import Handshake
from strategies.refusal import Reason, Refused


def find(*lines: bytes, **options: Any) -> str:
    return Cookie(**options).find(Handshake("", headers=tuple((b"cookie", line) for line in lines))).token


@pytest.mark.parametrize(
    ("lines", "token"),
    [
        ([b"sessionid=abc"], "abc"),
        ([b"a=1; sessionid=abc; b=2"], "abc"),
        ([b"a=1", b"sessionid=abc"], "abc"),
        ([b'sessionid="abc"'], "abc"),
        ([b"sessionid=a=b"], "a=b"),
        ([b"sessionid=a%2Bb"], "a%2Bb"),  # nothing is decoded
        ([b"SESSIONID=x; sessionid=abc"], "abc"),
        ([b"sessionid=abc; broken; =; \xff=\xff"], "abc"),
    ],
    ids=repr,
)
def test_finds(lines: list[bytes], token: str) -> None:
    assert find(*lines) == token


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], Reason.MISSING),
        ([b""], Reason.MISSING),
        ([b"sessionid"], Reason.MISSING),
        ([b"sessionid="], Reason.MISSING),
        ([b'sessionid=""'], Reason.MISSING),
        ([b"SessionId=abc; other=x"], Reason.MISSING),
        ([b"sessionid=a; sessionid=b"], Reason.AMBIGUOUS),
        ([b"sessionid=a", b"sessionid=a"], Reason.AMBIGUOUS),
        ([b"sessionid=; sessionid=a"], Reason.AMBIGUOUS),
        ([b"sessionid=\xff"], Reason.MALFORMED),
    ],
    ids=repr,
)
def test_refuses(lines: list[bytes], reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        find(*lines)
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ([b"sessionid=abc"], []),
        ([b"a=1; sessionid=abc; b=2"], [b"a=1; b=2"]),
        ([b"sessionid=a; sessionid=b", b"sessionid", b"c=3"], [b"c=3"]),
        ([b' sessionid = "abc" ;a=1'], [b"a=1"]),
        ([b"xsessionid=1; sessionidx=2; SESSIONID=3"], [b"xsessionid=1; sessionidx=2; SESSIONID=3"]),
    ],
    ids=repr,
)
def test_scrub_leaves_the_other_cookies(lines: list[bytes], left: list[bytes]) -> None:
    scope = {"headers": [(b"host", b"x"), *((b"Cookie", line) for line in lines)]}
    assert Cookie().scrub(scope) == {"headers": [(b"host", b"x"), *((b"Cookie", line) for line in left)]}


def test_scrub_takes_what_channels_left_outside_the_gate() -> None:
    scope = {"headers": [], "cookies": {"sessionid": "abc", "a": "1"}, "session": object(), "user": "ada"}
    assert Cookie().scrub(scope) == {"headers": [], "cookies": {"a": "1"}, "user": "ada"}


def test_scrub_leaves_a_session_that_is_not_the_credential() -> None:
    scope = {"headers": [], "cookies": {"sessionid": "abc"}, "session": "theirs"}
    assert Cookie("jwt").scrub(scope) == scope


@pytest.mark.parametrize("scope", [{}, {"headers": None, "cookies": None}], ids=repr)
def test_scrub_needs_nothing(scope: dict[str, Any]) -> None:
    assert Cookie().scrub(scope) == {**scope, "headers": []}


def test_another_cookie() -> None:
    assert Cookie("__Host-jwt").opening("abc") == Open(headers=((b"cookie", b"__Host-jwt=abc"),))
    assert find(b"sessionid=x; __Host-jwt=abc", cookie="__Host-jwt") == "abc"


@pytest.mark.parametrize("cookie", ["", "a b", "a=b", "a;b", 'a"', "\u00e9", "a\n", 1, None, ["sessionid"]], ids=repr)
def test_a_cookie_has_a_legal_name(cookie: Any) -> None:
    with pytest.raises(ValueError, match="cookie must be a cookie name"):
        Cookie(cookie)


@pytest.mark.parametrize("token", ["a;b", "a,b", '"ab"', "a\\b", "\u00e9", "a b", "a\r\nb", "\x7f"], ids=ascii)
def test_a_credential_that_no_cookie_holds_is_the_callers_error(token: str) -> None:
    with pytest.raises(ValueError, match=r"cookie can't hold this credential|holds no white space"):
        Cookie().opening(token)
