"""The credential in the Authorization header, for clients that are no browsers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..flow import Credential, Open
from ..handshake import Handshake, Scope, decoded, single
from ..refusal import Reason, Refused
from ..strategy import HandshakeStrategy, Traits, presentable

_VISIBLE = re.compile(r"[!-~]+")  # RFC 9110 §5.5, without what it calls obsolete


class Header(HandshakeStrategy):
    """`Authorization: Bearer <credential>`, or another of the accepted schemes [RFC 6750 §2.1, RFC 9110 §11.6.2]."""

    traits = Traits(browser=False)

    def __init__(self, schemes: Sequence[str] = ("Bearer", "Token")) -> None:
        if not isinstance(schemes, list | tuple) or not schemes or not all(map(_is_scheme, schemes)):
            raise ValueError(f"schemes must be a list of names such as 'Bearer', not {schemes!r}")
        self.schemes = tuple(schemes)

    def find(self, handshake: Handshake) -> Credential:
        """A header of another scheme (a gateway's Basic) is no credential of ours: MISSING."""
        ours = [value for value in handshake.header(b"authorization") if self._is_ours(value)]
        scheme_and_token = single(decoded(value) for value in ours)
        _, _, token = scheme_and_token.strip(" \t").partition(" ")  # not white space beyond HTTP's own
        token = token.lstrip(" ")
        if not token:
            raise Refused(Reason.MISSING)
        return Credential(token)

    def opening(self, token: str) -> Open:
        value = presentable(token, "a header", _VISIBLE)
        return Open(headers=((b"authorization", f"{self.schemes[0]} {value}".encode()),))

    def carries(self, handshake: Handshake) -> bool:
        return bool(handshake.header(b"authorization")) and super().carries(handshake)

    def scrub(self, scope: Scope) -> Scope:
        return {
            **scope,
            "headers": [pair for pair in scope.get("headers") or () if pair[0].lower() != b"authorization"],
        }

    def _is_ours(self, value: bytes) -> bool:
        scheme = value.strip().partition(b" ")[0].lower()
        return scheme in {name.lower().encode() for name in self.schemes}


def _is_scheme(name: object) -> bool:
    return isinstance(name, str) and name.isascii() and name.isalnum()
