"""The rules of a route: who may ask, how long, how much, and how a refusal is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self, TypeVar

from .handshake import Handshake
from .refusal import Reason, Refused

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
REFUSE = ("handshake", "close")
_TOO_MUCH = 2**31
"""Seconds, bytes or connections that nobody means."""

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Made = TypeVar("Made", bound=DataclassInstance)


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of a route. Times in seconds, sizes in bytes of UTF-8. Raises `ValueError` for bad rules."""

    origins: frozenset[str] | None = None
    """Exact origins (`https://app.example`, `https://app.example:8443`); None lets every page in."""
    native_clients: bool = True
    """Whether clients that send no Origin, which are no browsers, are let in. Never for an ambient strategy."""
    deadline: float = 5.0
    """From accept to identity, verification included, for a strategy that accepts first. A backend that answers others
    is waited for up to twenty times that, the client is not: see the module `deadline`."""
    handshake_deadline: float = 3.0
    """From the request to identity, for the others, while the backend answers nobody: see the module `deadline`. A
    browser holds its other handshakes to the host back meanwhile, and daphne by itself drops one after 5 s without an
    answer."""
    max_message_bytes: int = 8_192
    max_credential_bytes: int = 4_096
    refuse: str = "handshake"
    """`handshake`: answer the upgrade request with an HTTP status. `close`: accept, tell why, close with the code."""
    announce: bool = True
    """Whether `auth.required` and `auth.ok` are sent by a route that accepts first, and `auth.expiring` by all."""
    expiry_notice: float = 30.0
    """How long before its end `auth.expiring` says so; a tenth of the credential's life where that is shorter."""
    expiry_grace: float = 25.0
    """How long a connection outlives its credential, and a fresh one is still taken."""
    max_age: float | None = None
    """How long a connection lives at the most, whatever is refreshed; None for no limit."""
    recheck: float | None = 60.0
    """How often a live connection's identity is asked for again: what no signal tells is noticed within this."""
    refreshes_per_minute: int = 10
    """Fresh credentials taken on one connection. 0: none are, and `auth.…` messages are the application's."""

    require_secure: bool = False
    """Whether a request that did not come over TLS is refused."""
    secure_proxy_header: tuple[str, str] | None = None
    """Name and value of the header by which a proxy says that it did; then nothing else says so. Any client can
    write it where no proxy overwrites it. None: the server's own word counts, which daphne never gives."""

    def __post_init__(self) -> None:
        if self.origins is not None:
            object.__setattr__(self, "origins", _exact_origins(self.origins))
        for name in ("deadline", "handshake_deadline"):
            positive(name, getattr(self, name), int, float)
        for name in ("max_age", "recheck"):
            if getattr(self, name) is not None:
                positive(name, getattr(self, name), int, float)
        for name in ("expiry_notice", "expiry_grace"):
            _not_negative(name, getattr(self, name), int, float)
        _not_negative("refreshes_per_minute", self.refreshes_per_minute, int)
        for name in ("max_message_bytes", "max_credential_bytes"):
            positive(name, getattr(self, name), int)
        _header("secure_proxy_header", self.secure_proxy_header)
        for name in ("native_clients", "announce", "require_secure"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name.upper()} must be True or False, not {getattr(self, name)!r}")
        if self.refuse not in REFUSE:
            raise ValueError(f"REFUSE must be one of {', '.join(REFUSE)}, not {self.refuse!r}")

    @classmethod
    def from_settings(cls, config: Mapping[str, Any]) -> Self:
        """From the upper-case keys of the settings. Raises `ValueError`."""
        return by_fields(cls, config)

    def admit_origin(self, handshake: Handshake, *, ambient: bool) -> None:
        """Raises `Refused(ORIGIN)` unless the page, or the absence of one, is allowed [ASVS 5.0 4.4.2].

        Compared exactly after lower-casing; never derived from what the client sends as its Host.
        """
        origin = handshake.origin
        if origin is None:
            allowed = self.native_clients and not ambient
        else:
            allowed = self.origins is None or origin in self.origins
        if not allowed:
            raise Refused(Reason.ORIGIN)

    def admit_scheme(self, handshake: Handshake) -> None:
        """Raises `Refused(INSECURE)` unless the peer's connection is known to be encrypted, where that is required."""
        if not self.require_secure:
            return
        if self.secure_proxy_header is None:
            secure = handshake.scheme == "wss"
        else:
            name, value = self.secure_proxy_header
            secure = handshake.header(name.lower().encode()) == (value.encode(),)
        if not secure:
            raise Refused(Reason.INSECURE)


def by_fields(kind: type[Made], config: Mapping[str, Any]) -> Made:
    """A dataclass from upper-case keys of the settings. An unknown key is a `ValueError` that names the known ones."""
    known = {field.name.upper(): field.name for field in fields(kind) if field.init}
    unknown = sorted(str(key) for key in config if key not in known)
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}; known: {', '.join(known)}")
    return kind(**{known[key]: value for key, value in config.items()})


def _exact_origins(origins: object) -> frozenset[str]:
    if isinstance(origins, str) or not isinstance(origins, list | tuple | set | frozenset):
        raise ValueError(f"ORIGINS must be a list of origins, or None for any, not {origins!r}")
    return frozenset(_exact_origin(origin) for origin in origins)


def _exact_origin(origin: object) -> str:
    # Asked before lower-casing, which turns some other letters into ASCII ones.
    if not isinstance(origin, str) or not origin.isascii() or not _ORIGIN.fullmatch(origin.lower()):
        raise ValueError(f"ORIGINS: {origin!r} is no origin; write scheme://host or scheme://host:port, ASCII, no path")
    if (sent := _without_default_port(origin.lower())) != origin.lower():
        raise ValueError(f"ORIGINS: {origin!r} is sent by no browser: the port is its scheme's own; write {sent!r}")
    return sent


def _without_default_port(origin: str) -> str:
    """As browsers write an origin [HTML standard, ASCII serialisation of an origin]."""
    scheme, _, rest = origin.partition("://")
    host, _, port = rest.rpartition(":")
    return f"{scheme}://{host}" if host and port.lstrip("0") == _DEFAULT_PORTS.get(scheme) else origin


def _header(name: str, value: Any) -> None:
    if value is None:
        return
    pair = isinstance(value, tuple) and len(value) == 2 and all(isinstance(one, str) and one for one in value)
    if not pair or not HEADER.fullmatch(value[0]) or not value[1].isascii():
        raise ValueError(
            f"{name.upper()} must be a header and its value, as ('x-forwarded-proto', 'https'), not {value!r}"
        )


def positive(name: str, value: Any, *types: type) -> None:
    """Raises `ValueError` for anything but a sensible number of these types, above 0."""
    if not _is_number(value, types) or not 0 < value < _TOO_MUCH:
        raise ValueError(f"{name.upper()} must be a positive number, not {value!r}")


def _not_negative(name: str, value: Any, *types: type) -> None:
    if not _is_number(value, types) or not 0 <= value < _TOO_MUCH:
        raise ValueError(f"{name.upper()} must be 0 or a positive number, not {value!r}")


def _is_number(value: Any, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)
