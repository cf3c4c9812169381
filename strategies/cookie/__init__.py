"""The credential in a cookie, which the browser sends unasked: Origins are mandatory."""

from __future__ import annotations

import re

from ..flow import Credential, Open
from ..handshake import Handshake, Scope, cookie_fields, single
from ..strategy import HandshakeStrategy, Traits, presentable

_VALUE = re.compile(r"[!#-+\--:<-\[\]-~]+")  # RFC 6265 §4.1.1
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class Cookie(HandshakeStrategy):
    """One named cookie, exactly once: a sibling subdomain may have planted a second one of the name."""

    traits = Traits(ambient=True)

    def __init__(self, cookie: str = "sessionid") -> None:
        if not isinstance(cookie, str) or not _NAME.fullmatch(cookie):
            raise ValueError(f"cookie must be a cookie name such as 'sessionid', not {cookie!r}")
        self.cookie = cookie

    def find(self, handshake: Handshake) -> Credential:
        return Credential(single(handshake.cookie(self.cookie)))

    def opening(self, token: str) -> Open:
        value = presentable(token, "a cookie", _VALUE)
        return Open(headers=((b"cookie", f"{self.cookie}={value}".encode()),))

    def carries(self, handshake: Handshake) -> bool:
        return bool(handshake.header(b"cookie")) and super().carries(handshake)

    def scrub(self, scope: Scope) -> Scope:
        """Also takes it from what Channels' own cookie and session middleware may have left outside the gate."""
        headers = [pair for pair in map(self._without, scope.get("headers") or ()) if pair is not None]
        clean: Scope = {**scope, "headers": headers}
        if self.cookie in (scope.get("cookies") or {}):
            clean["cookies"] = {name: value for name, value in scope["cookies"].items() if name != self.cookie}
            clean.pop("session", None)
        return clean

    def _without(self, pair: tuple[bytes, bytes]) -> tuple[bytes, bytes] | None:
        """The same header line without the cookie; None when nothing is left of it."""
        name, value = pair
        if name.lower() != b"cookie":
            return pair
        kept = [raw for field, _, raw in cookie_fields(value) if field != self.cookie.encode()]
        return (name, b"; ".join(kept)) if kept else None
