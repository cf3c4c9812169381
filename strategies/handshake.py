"""The upgrade request as strategies see it: read-only, decoded strictly, linear in its size.

What lives here: reading query parameters, headers, cookies, subprotocols and the Origin. What does
not: which of them holds a credential (the strategies know), and whether an Origin is allowed (the
policy knows). Whatever can't be decoded is `Refused`, never an exception of another kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from .refusal import Reason, Refused

Scope = dict[str, Any]
Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Handshake:
    """One upgrade request. Its repr shows the path only: everything else may hold a secret."""

    path: str
    query_string: bytes = field(default=b"", repr=False)
    headers: tuple[Header, ...] = field(default=(), repr=False)
    subprotocols: tuple[str, ...] = field(default=(), repr=False)
    scheme: str = field(default="", repr=False)
    """`ws` or `wss` between the server and its peer, which may be a proxy; empty where a server doesn't say."""

    @classmethod
    def from_scope(cls, scope: Scope) -> Handshake:
        """Reads `scope["subprotocols"]`, not the raw header: servers differ in what they leave there."""
        return cls(
            path=str(scope.get("path", "")),
            query_string=bytes(scope.get("query_string") or b""),
            headers=tuple([(name.lower(), value) for name, value in scope.get("headers") or ()]),
            subprotocols=tuple(scope.get("subprotocols") or ()),
            scheme=str(scope.get("scheme") or ""),
        )

    def header(self, name: bytes) -> tuple[bytes, ...]:
        """Every value of a header, in order; `name` in lower case."""
        return tuple([value for key, value in self.headers if key == name])

    def query(self, name: str) -> tuple[str, ...]:
        """Every value of a query parameter, percent and plus decoded.

        Raises `Refused(MALFORMED)` for bytes that are no UTF-8 and for array keys (`name[]=…`),
        which some servers read as the parameter and others don't.
        """
        wanted = name.encode()
        values = []
        for field_name, value, _ in query_fields(self.query_string):
            if field_name == wanted:
                values.append(decoded(unquote_plus_to_bytes(value)))
            elif field_name.startswith(wanted + b"["):
                raise Refused(Reason.MALFORMED)
        return tuple(values)

    def cookie(self, name: str) -> tuple[str, ...]:
        """Every value of a cookie, over all Cookie headers (HTTP/2 gateways split them)."""
        wanted = name.encode()
        return tuple(
            decoded(value)
            for header in self.header(b"cookie")
            for cookie_name, value, _ in cookie_fields(header)
            if cookie_name == wanted
        )

    @property
    def origin(self) -> str | None:
        """The Origin header, lower-cased, or None when there is none.

        Raises `Refused(ORIGIN)` when there are two or when it is not ASCII: a browser sends neither.
        """
        values = self.header(b"origin")
        if not values:
            return None
        if len(values) > 1 or not values[0].isascii():
            raise Refused(Reason.ORIGIN)
        return values[0].decode("ascii").lower()


def single(values: Iterable[str]) -> str:
    """The one value of a carrier that must occur exactly once [RFC 6750 §2].

    Raises `Refused`: MISSING for none or an empty one, AMBIGUOUS for several.
    """
    several = tuple(values)
    if len(several) > 1:
        raise Refused(Reason.AMBIGUOUS)
    if not several or not several[0]:
        raise Refused(Reason.MISSING)
    return several[0]


def decoded(raw: bytes) -> str:
    """`raw` as UTF-8 text, or `Refused(MALFORMED)` without the bytes in the traceback."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    raise Refused(Reason.MALFORMED)


def query_fields(query_string: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(decoded name, raw value, raw field) of every field of a query string, in order."""
    for raw in query_string.split(b"&"):
        name, _, value = raw.partition(b"=")
        yield unquote_plus_to_bytes(name), value, raw


def cookie_fields(header: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(name, value without its quotes, raw field) of every cookie in a Cookie header [RFC 6265 §4.2]."""
    for raw in header.split(b";"):
        name, _, value = raw.partition(b"=")
        value = value.strip()
        if len(value) >= 2 and value[:1] == value[-1:] == b'"':
            value = value[1:-1]
        yield name.strip(), value, raw.strip()


def unquote_plus_to_bytes(raw: bytes) -> bytes:
    """Form decoding [URL standard]: a plus is a space, %XX a byte."""
    if b"%" in raw or b"+" in raw:
        return unquote_to_bytes(raw.replace(b"+", b" "))
    return raw
