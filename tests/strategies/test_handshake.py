"""The upgrade request, decoded strictly: what is read, what is refused, and that nothing else happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from strategies.handshake import Handshake, cookie_fields, decoded, query_fields, single, unquote_plus_to_bytes
from strategies.refusal import Reason, Refused
from tests.strategies.hostile import scopes
from tests.strategies.toys import work


def query(raw: bytes) -> Handshake:
    return Handshake("", query_string=raw)


def cookies(*lines: bytes) -> Handshake:
    return Handshake("", headers=tuple((b"cookie", line) for line in lines))


def origins(*values: bytes) -> Handshake:
    return Handshake("", headers=tuple((b"origin", value) for value in values))


def reason_of(ask: Callable[[], Any]) -> Reason:
    with pytest.raises(Refused) as refused:
        ask()
    return refused.value.reason


# ── the scope ────────────────────────────────────────────────────────────────────────────────────


def test_from_scope_takes_what_servers_give() -> None:
    scope = {
        "path": "/ws/",
        "query_string": bytearray(b"a=1"),
        "headers": [[b"Origin", b"X"], (b"COOKIE", memoryview(b"a=1"))],
        "subprotocols": ["a", "b"],
    }
    assert Handshake.from_scope(scope) == Handshake(
        "/ws/", b"a=1", ((b"origin", b"X"), (b"cookie", b"a=1")), ("a", "b")
    )


@pytest.mark.parametrize("scope", [{}, {"query_string": None, "headers": None, "subprotocols": None}], ids=repr)
def test_from_scope_needs_nothing(scope: dict[str, Any]) -> None:
    assert Handshake.from_scope(scope) == Handshake("")


@given(scopes())
def test_from_scope_holds_only_values(scope: dict[str, Any]) -> None:
    handshake = Handshake.from_scope(scope)
    assert type(handshake.query_string) is bytes
    assert all(type(part) is bytes for pair in handshake.headers for part in pair)
    assert all(type(name) is str for name in handshake.subprotocols)
    hash(handshake)  # nothing inside can change


def test_repr_shows_no_part_that_may_hold_a_secret() -> None:
    handshake = Handshake("/ws/", b"token=s3cret", ((b"cookie", b"a=s3cret"),), ("bearer.s3cret",))
    assert repr(handshake) == "Handshake(path='/ws/')"


def test_header_gives_every_value_in_order() -> None:
    handshake = Handshake("", headers=((b"a", b"1"), (b"b", b"2"), (b"a", b"3")))
    assert handshake.header(b"a") == (b"1", b"3")
    assert handshake.header(b"c") == ()


# ── the query ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("raw", "values"),
    [
        (b"", ()),
        (b"token", ("",)),
        (b"token=", ("",)),
        (b"token=a", ("a",)),
        (b"x=1&token=a&y=2", ("a",)),
        (b"token=a&token=b", ("a", "b")),
        (b"%74oken=a", ("a",)),
        (b"%74%6F%6b%65%6E=a", ("a",)),
        (b"token=%41%2b%2B", ("A++",)),
        (b"token=a+b", ("a b",)),
        (b"token=a=b==", ("a=b==",)),
        (b"token=%c3%a9", ("é",)),
        (b"token=%zz%", ("%zz%",)),
        (b"token=a;token=b", ("a;token=b",)),
        (b"TOKEN=a", ()),
        (b"tokens=a&atoken=b&token.x=c", ()),
        (b"token =a", ()),
        (b"token%00=a", ()),
        (b"x=%ff&\xff=\xff&token=a", ("a",)),
    ],
    ids=repr,
)
def test_query_is_decoded_exactly(raw: bytes, values: tuple[str, ...]) -> None:
    assert query(raw).query("token") == values


@pytest.mark.parametrize(
    "raw",
    [b"token=\xff", b"token=%ff", b"token=%c3", b"token=%ed%a0%80", b"token[]=a", b"token[0]=a", b"token%5B%5D=a"],
    ids=repr,
)
def test_query_refuses_what_readers_disagree_on(raw: bytes) -> None:
    assert reason_of(lambda: query(raw).query("token")) is Reason.MALFORMED


def test_query_fields_keep_the_raw_field() -> None:
    assert list(query_fields(b"%61=1&b&=2&")) == [
        (b"a", b"1", b"%61=1"),
        (b"b", b"", b"b"),
        (b"", b"2", b"=2"),
        (b"", b"", b""),
    ]


def test_unquote_plus_keeps_an_encoded_plus() -> None:
    assert unquote_plus_to_bytes(b"a+b%2Bc%20d") == b"a b+c d"


# ── cookies ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("lines", "values"),
    [
        ([], ()),
        ([b"id=a"], ("a",)),
        ([b"x=1; id=a; y=2"], ("a",)),
        ([b"x=1;id=a;y=2"], ("a",)),
        ([b"id=a; id=b"], ("a", "b")),
        ([b"id=a", b"id=b"], ("a", "b")),
        ([b' id = "a" '], ("a",)),
        ([b'id="'], ('"',)),
        ([b'id=""'], ("",)),
        ([b'id="a'], ('"a',)),
        ([b"id"], ("",)),
        ([b"id=a=b"], ("a=b",)),
        ([b"id=%41"], ("%41",)),
        ([b"ID=a; xid=b; idx=c"], ()),
        ([b"id=\xc3\xa9"], ("é",)),
        ([b"x=\xff; id=a"], ("a",)),
    ],
    ids=repr,
)
def test_cookie_is_read_as_browsers_send_it(lines: list[bytes], values: tuple[str, ...]) -> None:
    assert cookies(*lines).cookie("id") == values


def test_cookie_that_is_no_text_is_refused() -> None:
    assert reason_of(lambda: cookies(b"id=\xff").cookie("id")) is Reason.MALFORMED


def test_cookie_fields_keep_the_raw_field() -> None:
    assert list(cookie_fields(b' a="1" ;;b')) == [(b"a", b"1", b'a="1"'), (b"", b"", b""), (b"b", b"", b"b")]


# ── the origin ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("values", "origin"),
    [
        ([], None),
        ([b"https://App.Example:8443"], "https://app.example:8443"),
        ([b"null"], "null"),
        ([b""], ""),
    ],
    ids=repr,
)
def test_origin(values: list[bytes], origin: str | None) -> None:
    assert origins(*values).origin == origin


@pytest.mark.parametrize(
    "values",
    [
        [b"https://a.example", b"https://b.example"],
        [b"https://a.example"] * 2,
        ["https://\u00e4.example".encode()],
        [b"\xff"],
    ],
    ids=repr,
)
def test_origin_that_no_browser_sends_is_refused(values: list[bytes]) -> None:
    assert reason_of(lambda: origins(*values).origin) is Reason.ORIGIN


# ── single, decoded ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ((), Reason.MISSING),
        (("",), Reason.MISSING),
        (("a", "b"), Reason.AMBIGUOUS),
        (("a", "a"), Reason.AMBIGUOUS),
        (("", ""), Reason.AMBIGUOUS),
    ],
    ids=repr,
)
def test_single_refuses(values: tuple[str, ...], reason: Reason) -> None:
    assert reason_of(lambda: single(values)) is reason


def test_single_takes_any_iterable() -> None:
    assert single(iter(["a"])) == "a"


def test_decoded_keeps_the_bytes_out_of_the_exception() -> None:
    with pytest.raises(Refused) as refused:
        decoded(b"s3cret\xff")
    assert (refused.value.__cause__, refused.value.__context__) == (None, None)


# ── size (T11) ───────────────────────────────────────────────────────────────────────────────────


HEAVY: dict[str, Callable[[int], Callable[[], object]]] = {
    "query fields": lambda n: lambda: query(b"&".join([b"a=%41+b"] * n)).query("token"),
    "tokens": lambda n: lambda: query(b"&".join([b"token=a"] * n)).query("token"),
    "one long value": lambda n: lambda: query(b"token=" + b"%41" * n).query("token"),
    "cookies": lambda n: lambda: cookies(b"; ".join([b"id=a"] * n)).cookie("id"),
    "cookie lines": lambda n: lambda: cookies(*[b"id=a"] * n).cookie("id"),
    "semicolons": lambda n: lambda: cookies(b";" * n).cookie("id"),
    "header lines": lambda n: lambda: Handshake.from_scope({"headers": [(b"X", b"1")] * n}).header(b"y"),
    "subprotocols": lambda n: lambda: Handshake.from_scope({"subprotocols": ["a"] * n}),
}


@pytest.mark.parametrize("heavy", HEAVY.values(), ids=HEAVY)
def test_work_is_linear_in_size(heavy: Callable[[int], Callable[[], object]]) -> None:
    small, large = work(heavy(200)), work(heavy(2_000))
    assert large <= 11 * small
