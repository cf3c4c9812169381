"""Nothing that a client can write chooses the address under which it is counted."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.handshake import Scope
from strategies.limits.address import Forwarded, counted, peer

HEADER = Forwarded("X-Forwarded-For")
SOCKET = "192.0.2.1"
ADDRESSES = st.ip_addresses().map(str)
HEARSAY = st.binary(max_size=60)


def scope(*lines: bytes, client: Any = (SOCKET, 50_000)) -> Scope:
    return {"type": "websocket", "path": "/", "client": client, "headers": [(b"X-Forwarded-For", one) for one in lines]}


@given(st.lists(HEARSAY, max_size=4))
def test_without_the_setting_no_header_has_a_say(lines: list[bytes]) -> None:
    assert peer(scope(*lines), None) == SOCKET


@given(st.lists(HEARSAY, max_size=3), ADDRESSES, st.lists(ADDRESSES, max_size=3))
def test_only_what_the_proxies_have_added_counts(said: list[bytes], seen: str, between: list[str]) -> None:
    """The outermost proxy adds the address that it sees; each one behind it adds the proxy before."""
    lines = [*said, *(one.encode() for one in (seen, *between))]
    assert counted(peer(scope(*lines), Forwarded("x-forwarded-for", 1 + len(between)))) == counted(seen)
    assert counted(peer(scope(b", ".join(lines)), Forwarded("x-forwarded-for", 1 + len(between)))) == counted(seen)


@pytest.mark.parametrize(
    ("lines", "proxies"),
    [
        ([], 1),
        ([b""], 1),
        ([b"198.51.100.7,"], 1),
        ([b"unknown"], 1),
        ([b"198.51.100.7, _hidden"], 1),
        ([b"198.51.100.7.9"], 1),
        ([b"198.51.100.7\xff"], 1),
        ([b"fe80::1%" + b"x" * 300 + b"\xff,"], 1),
        ([b"198.51.100.7"], 2),
    ],
)
def test_a_header_that_no_proxy_has_written_is_counted_as_what_it_came_from(lines: list[bytes], proxies: int) -> None:
    assert peer(scope(*lines), Forwarded("X-Forwarded-For", proxies)) == SOCKET


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (b"198.51.100.7", "198.51.100.7"),
        (b" 198.51.100.7 ", "198.51.100.7"),
        (b"198.51.100.7:4711", "198.51.100.7"),
        (b"2001:db8::1", "2001:db8::1"),
        (b"[2001:db8::1]", "2001:db8::1"),
        (b"[2001:db8::1]:4711", "2001:db8::1"),
        (b"::ffff:198.51.100.7", "198.51.100.7"),
    ],
)
def test_addresses_as_proxies_write_them(written: bytes, address: str) -> None:
    assert peer(scope(written), HEADER) == address


@pytest.mark.parametrize("client", [None, (), ["", 0]])
def test_a_socket_without_an_address_has_an_empty_one(client: Any) -> None:
    assert peer(scope(client=client), None) == ""
    assert counted("") == ""


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_counts_alone_however_it_is_wrapped(address: IPv4Address) -> None:
    assert counted(str(address)) == counted(f"::ffff:{address}") == str(address)


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_the_addresses_of_an_ipv6_network_count_as_one(address: IPv6Address, low: int) -> None:
    neighbour = IPv6Address(int(address) >> 64 << 64 | low)
    if address.ipv4_mapped is None and neighbour.ipv4_mapped is None:
        assert counted(str(address)) == counted(str(neighbour))
        assert ip_address(counted(str(address)).partition("/")[0]) == IPv6Address(int(address) >> 64 << 64)
        other = IPv6Address(int(address) ^ 1 << 64)
        assert counted(str(address)) != counted(str(other))


@given(st.text(max_size=200))
def test_what_is_no_address_counts_under_its_first_letters(text: str) -> None:
    assert len(counted(text)) <= 64


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("x-forwarded-for", "ADDRESS must be None or a dict with HEADER and PROXIES, not 'x-forwarded-for'"),
        ({}, "ADDRESS must be"),
        ({"PROXIES": 1}, "ADDRESS must be"),
        ({"HEADER": "x-real-ip", "HOPS": 1}, "unknown key 'HOPS'; known: HEADER, PROXIES"),
        ({"HEADER": ""}, "HEADER must be the name of a header, not ''"),
        ({"HEADER": b"x-real-ip"}, "HEADER must be"),
        ({"HEADER": "\u00e4"}, "HEADER must be"),
        ({"HEADER": "x-real-ip", "PROXIES": 0}, "PROXIES must be a positive number, not 0"),
        ({"HEADER": "x-real-ip", "PROXIES": True}, "PROXIES must be"),
    ],
)
def test_a_bad_setting_is_named(config: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Forwarded.from_settings(config)
