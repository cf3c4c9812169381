"""The rules of a route: what they may be, and whom they let ask."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.handshake import Handshake
from strategies.policy import Policy
from strategies.refusal import Reason, Refused

# ── bad rules ────────────────────────────────────────────────────────────────────────────────────

NO_ORIGIN = "is no origin"
BAD = [
    ("origins", "https://app.example", "must be a list"),
    ("origins", b"https://app.example", "must be a list"),
    ("origins", {"https://app.example": 1}, "must be a list"),
    ("origins", 1, "must be a list"),
    ("origins", [1], NO_ORIGIN),
    ("origins", [None], NO_ORIGIN),
    ("origins", [b"https://app.example"], NO_ORIGIN),
    ("origins", ["*"], NO_ORIGIN),
    ("origins", ["null"], NO_ORIGIN),
    ("origins", [""], NO_ORIGIN),
    ("origins", ["app.example"], NO_ORIGIN),
    ("origins", ["https://"], NO_ORIGIN),
    ("origins", ["https://app.example/"], NO_ORIGIN),
    ("origins", ["https://app.example/path"], NO_ORIGIN),
    ("origins", ["https://app.example:"], NO_ORIGIN),
    ("origins", ["https://app.example:123456"], NO_ORIGIN),
    ("origins", ["https://app.example."], NO_ORIGIN),
    ("origins", ["https://*.example"], NO_ORIGIN),
    ("origins", ["https://user@app.example"], NO_ORIGIN),
    ("origins", ["https://\u00e4pp.example"], NO_ORIGIN),
    ("origins", ["https://app.\u212aexample"], NO_ORIGIN),  # the Kelvin sign: lower-cased, it is a plain k
    ("origins", ["https://app.example\n"], NO_ORIGIN),
    ("origins", [" https://app.example"], NO_ORIGIN),
    ("origins", ["https://app.example,https://b.example"], NO_ORIGIN),
    ("origins", ["https://app.example:443"], "write 'https://app.example'"),
    ("origins", ["HTTP://App.Example:80"], "write 'http://app.example'"),
    ("origins", ["https://[::1]:0443"], r"write 'https://\[::1\]'"),
    *((name, value, "positive number") for name in ("deadline", "handshake_deadline")
      for value in (0, -1, "5", None, True, float("inf"), float("nan"), [5], 10**400)),
    *((name, value, "positive number") for name in ("max_message_bytes", "max_credential_bytes")
      for value in (0, -1, "5", None, True, 1.5, float("inf"))),
    *((name, value, "positive number") for name in ("max_age", "recheck")
      for value in (0, -1, "5", True, float("inf"))),
    *((name, value, "0 or a positive number") for name in ("expiry_notice", "expiry_grace")
      for value in (-1, "5", None, True, float("nan"))),
    *(("refreshes_per_minute", value, "0 or a positive number") for value in (-1, 1.5, None, True, "10")),
    *((name, value, "must be True or False") for name in ("native_clients", "announce", "require_secure")
      for value in (0, 1, "yes", None)),
    *(("secure_proxy_header", value, "must be a header and its value")
      for value in ("x-forwarded-proto", ("x",), ("x", ""), ("", "https"), ["x", "y"],
                    ("HTTP_X_FORWARDED_PROTO", "https"), ("x", "\u00e9"), ("x", 1), ("x: y", "z"), ("a", "b", "c"))),
    *(("refuse", value, "must be one of handshake, close") for value in ("", "HANDSHAKE", None, True, ["close"])),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "why"), BAD, ids=[f"{name}={str(value)[:40]!r}" for name, value, _ in BAD])
def test_bad_rule_is_named(name: str, value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why) as error:
        Policy(**{name: value})
    assert name.upper() in str(error.value)


@pytest.mark.parametrize("name", ["deadline", "handshake_deadline", "native_clients", "announce", "refuse"])
def test_bad_value_is_shown(name: str) -> None:
    with pytest.raises(ValueError, match="'n0nsense'"):
        Policy(**{name: "n0nsense"})  # type: ignore[arg-type]


@pytest.mark.parametrize("key", ["ORIGIN", "origins", "", 1, None], ids=repr)
def test_unknown_key_is_named_with_the_known_ones(key: Any) -> None:
    with pytest.raises(ValueError, match="unknown key") as error:
        Policy.from_settings({"DEADLINE": 5, key: 1})
    assert repr(str(key)) in str(error.value)
    assert all(field.name.upper() in str(error.value) for field in fields(Policy))


# ── good ones ────────────────────────────────────────────────────────────────────────────────────


def test_defaults_are_the_documented_ones() -> None:
    assert Policy.from_settings({}) == Policy(
        origins=None, native_clients=True, deadline=5.0, handshake_deadline=3.0, max_message_bytes=8_192,
        max_credential_bytes=4_096, refuse="handshake", announce=True, expiry_notice=30.0, expiry_grace=25.0,
        max_age=None, recheck=60.0, refreshes_per_minute=10,
        require_secure=False, secure_proxy_header=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    "origin",
    ["https://app.example", "http://localhost:8000", "http://[::1]:8000", "http://127.0.0.1", "HTTPS://App.Example",
     "app-x+y.z://host", "https://under_score.example", "https://a", "https://app.example:80", "http://app.example:443",
     "http://[::80]", "https://[::443]", "https://xn--pp-eka.example", "ws://app.example:80"],
)  # fmt: skip
def test_origins_are_kept_in_lower_case(origin: str) -> None:
    for container in (list, tuple, set, frozenset):
        assert Policy(origins=container([origin])).origins == frozenset({origin.lower()})  # type: ignore[arg-type]


def test_from_settings_takes_every_field() -> None:
    config = {"ORIGINS": ["https://app.example"], "NATIVE_CLIENTS": False, "DEADLINE": 1, "HANDSHAKE_DEADLINE": 0.5,
              "MAX_MESSAGE_BYTES": 10, "MAX_CREDENTIAL_BYTES": 20, "REFUSE": "close", "ANNOUNCE": False,
              "EXPIRY_NOTICE": 2, "EXPIRY_GRACE": 0, "MAX_AGE": 60, "RECHECK": 5,
              "REFRESHES_PER_MINUTE": 0, "REQUIRE_SECURE": True,
              "SECURE_PROXY_HEADER": ("x-forwarded-proto", "https")}  # fmt: skip
    assert Policy.from_settings(config) == Policy(
        frozenset({"https://app.example"}), False, 1, 0.5, 10, 20, "close", False, 2, 0, 60, 5, 0,
        True, ("x-forwarded-proto", "https"),
    )  # fmt: skip
    assert {field.name.upper() for field in fields(Policy)} == set(config)


def test_a_policy_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Policy().deadline = 1  # type: ignore[misc]


# ── who may ask ──────────────────────────────────────────────────────────────────────────────────

ALLOWED = "https://app.example"
LISTED, UNLISTED, NO_NATIVES = Policy(origins=[ALLOWED]), Policy(), Policy(origins=[ALLOWED], native_clients=False)  # type: ignore[arg-type]


def admits(policy: Policy, *origins: bytes, ambient: bool = False) -> bool:
    handshake = Handshake("", headers=tuple((b"origin", origin) for origin in origins))
    try:
        policy.admit_origin(handshake, ambient=ambient)
    except Refused as refused:
        return refused.reason is not Reason.ORIGIN
    return True


@pytest.mark.parametrize(
    ("policy", "origins", "ambient", "admitted"),
    [
        (LISTED, [ALLOWED.encode()], False, True),
        (LISTED, [ALLOWED.encode()], True, True),
        (LISTED, [ALLOWED.upper().encode()], True, True),
        (LISTED, [b"https://evil.example"], False, False),
        (LISTED, [b"null"], False, False),
        (LISTED, [b""], False, False),
        (LISTED, [ALLOWED.encode()] * 2, False, False),
        (LISTED, [], False, True),
        (LISTED, [], True, False),
        (NO_NATIVES, [], False, False),
        (NO_NATIVES, [], True, False),
        (UNLISTED, [b"https://evil.example"], False, True),
        (UNLISTED, [b"\xff"], False, False),
        (UNLISTED, [], False, True),
        (UNLISTED, [], True, False),
        (Policy(origins=frozenset()), [ALLOWED.encode()], False, False),
    ],
)
def test_admit_origin(policy: Policy, origins: list[bytes], ambient: bool, admitted: bool) -> None:
    assert admits(policy, *origins, ambient=ambient) is admitted


@st.composite
def lookalikes(draw: st.DrawFn) -> bytes:
    """The allowed origin with something changed, or anything at all."""
    at = draw(st.integers(0, len(ALLOWED)))
    junk = draw(st.text(st.characters(min_codepoint=0, max_codepoint=0x2FF), min_size=1, max_size=4)).encode()
    base = ALLOWED.encode()
    return draw(st.sampled_from([base[:at] + junk + base[at:], base[:at], base[at:], junk, base + junk, junk + base]))


@given(lookalikes(), st.booleans())
def test_no_origin_outside_the_list_is_admitted(origin: bytes, ambient: bool) -> None:
    exact = origin.decode("latin-1").lower() == ALLOWED
    assert admits(LISTED, origin, ambient=ambient) is exact


PROXIED = ("X-Forwarded-Proto", "https")


@pytest.mark.parametrize(
    ("scheme", "headers", "directly", "proxied"),
    [
        ("wss", [], True, False),
        ("ws", [], False, False),
        ("", [], False, False),  # daphne does not say
        ("WSS", [], False, False),
        ("ws", [b"https"], False, True),
        ("", [b"https"], False, True),
        ("wss", [b"http"], True, False),
        ("ws", [b"https, http"], False, False),
        ("ws", [b"http", b"https"], False, False),
        ("ws", [b"https", b"https"], False, False),
        ("ws", [b"\xff"], False, False),
        ("ws", [b""], False, False),
    ],
)
def test_admit_scheme(scheme: str, headers: list[bytes], directly: bool, proxied: bool) -> None:
    handshake = Handshake("", headers=tuple((b"x-forwarded-proto", value) for value in headers), scheme=scheme)
    for header, admitted in ((None, directly), (PROXIED, proxied)):
        required = Policy(require_secure=True, secure_proxy_header=header)
        with nullcontext() if admitted else pytest.raises(Refused, match="insecure"):
            required.admit_scheme(handshake)
        Policy(secure_proxy_header=header).admit_scheme(handshake)
