"""Whose attempt it is: the address of the socket's peer or, by setting only, the one that a trusted proxy names.

Rule: nothing that a client can write chooses the address under which it is counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Self

from ..handshake import Handshake, Scope
from ..policy import HEADER, by_fields, positive

_NETWORK = 64
"""Bits of an IPv6 address that count: who has one address has the rest of its network as well [RFC 6177 §2]."""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A header in which each proxy adds whom it talks to. Raises `ValueError` for what is none."""

    header: str
    proxies: int = 1
    """How many proxies of one's own add to it: the entry of the outermost counts, what stands before it is hearsay."""

    def __post_init__(self) -> None:
        if not isinstance(self.header, str) or not HEADER.fullmatch(self.header):
            raise ValueError(f"HEADER must be the name of a header, not {self.header!r}")
        positive("proxies", self.proxies, int)

    @classmethod
    def from_settings(cls, config: Mapping[str, Any]) -> Self:
        if not isinstance(config, Mapping) or "HEADER" not in config:
            raise ValueError(f"ADDRESS must be None or a dict with HEADER and PROXIES, not {config!r}")
        return by_fields(cls, config)

    def named(self, scope: Scope) -> str | None:
        """The address that the outermost proxy has added; None where there is none."""
        lines = Handshake.from_scope(scope).header(self.header.lower().encode())
        entries = b",".join(lines).split(b",")
        if len(entries) < self.proxies:
            return None
        address = _parsed(entries[-self.proxies].decode("latin-1").strip())
        return None if address is None else str(address)


def peer(scope: Scope, forwarded: Forwarded | None) -> str:
    """The address of whoever asks; empty where the server knows none, as on a Unix socket.

    A header that is missing, too short or names no address was not written by the proxies: the request came around
    them, and is counted as what it came from.
    """
    named = None if forwarded is None else forwarded.named(scope)
    return named if named is not None else str((scope.get("client") or ("",))[0])


@lru_cache(maxsize=4_096)
def counted(address: str) -> str:
    """What is counted as one: an IPv4 address, an IPv6 network of 64 bits, anything else by its first letters."""
    found = _parsed(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((int(found), _NETWORK), strict=False))
    return address[:64] if found is None else str(found)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """With or without a port. One that IPv6 only wraps is the IPv4 address that it is."""
    for written in (text, text.removeprefix("[").partition("]")[0], text.partition(":")[0]):
        try:
            found = ip_address(written)
        except ValueError:
            continue
        return getattr(found, "ipv4_mapped", None) or found
    return None
