"""The credential among the offered subprotocols: `bearer.<credential>` beside the application's protocol."""

from __future__ import annotations

import base64
import binascii
import re

from ..flow import Credential, Open
from ..handshake import Handshake, Scope, decoded, single
from ..refusal import Reason, Refused
from ..strategy import HandshakeStrategy, Traits, presentable

RAW, ENCODED = "bearer.", "bearer64."
DEFAULT_PROTOCOL = "wsauth.v1"

# An HTTP token [RFC 9110 §5.6.2] without "%", which daphne decodes on the way in.
_TOKEN = re.compile(r"[!#$&'*+\-.^_`|~0-9A-Za-z]+")
_BASE64URL = re.compile(rb"[A-Za-z0-9_-]+")


class Subprotocol(HandshakeStrategy):
    """Exactly one bearer entry, and an application protocol, which is what the server names in its answer."""

    traits = Traits(in_subprotocol=True)

    def __init__(self, protocol: str | None = None) -> None:
        """`protocol`: the one application protocol of this route; None takes any that is no credential."""
        if protocol is not None and (not isinstance(protocol, str) or not _is_protocol(protocol)):
            raise ValueError(f"protocol must be a subprotocol name such as {DEFAULT_PROTOCOL!r}, not {protocol!r}")
        self.protocol = protocol

    def find(self, handshake: Handshake) -> Credential:
        offered = handshake.subprotocols
        entry = single(name for name in offered if _is_bearer(name))
        if not any(map(self._is_ours, offered)):
            raise Refused(Reason.SUBPROTOCOL)
        return Credential(_token(entry))

    def opening(self, token: str) -> Open:
        entry = RAW + token if _TOKEN.fullmatch(token) else ENCODED + _encode(presentable(token))
        return Open(subprotocols=(self.protocol or DEFAULT_PROTOCOL, entry))

    def carries(self, handshake: Handshake) -> bool:
        return bool(handshake.subprotocols) and super().carries(handshake)

    def scrub(self, scope: Scope) -> Scope:
        """The header is written anew from what is left: servers fold, un-quote or drop the original."""
        kept = [name for name in scope.get("subprotocols") or () if self._is_ours(name)]
        headers = [pair for pair in scope.get("headers") or () if pair[0].lower() != b"sec-websocket-protocol"]
        if kept:
            headers.append((b"sec-websocket-protocol", ", ".join(kept).encode()))
        return {**scope, "headers": headers, "subprotocols": kept}

    def _is_ours(self, name: str) -> bool:
        return _is_protocol(name) and (self.protocol is None or name == self.protocol)


def _is_bearer(name: str) -> bool:
    """Whatever looks like a credential, however it is written, is one: it is never named in the answer."""
    return name.strip().lower().startswith(("bearer.", "bearer64."))


def _is_protocol(name: str) -> bool:
    return _TOKEN.fullmatch(name) is not None and not _is_bearer(name)


def _token(entry: str) -> str:
    if entry.startswith(RAW):
        token = entry.removeprefix(RAW)
        if token and not _TOKEN.fullmatch(token):
            raise Refused(Reason.MALFORMED)
    elif entry.startswith(ENCODED):
        token = _decode(entry.removeprefix(ENCODED).encode("utf-8", "surrogatepass"))
    else:
        raise Refused(Reason.MALFORMED)
    if not token:
        raise Refused(Reason.MISSING)
    return token


def _encode(token: str) -> str:
    return base64.urlsafe_b64encode(token.encode()).rstrip(b"=").decode()


def _decode(text: bytes) -> str:
    """Unpadded base64url [RFC 4648 §5], in its one canonical spelling."""
    if not text:
        return ""
    if _BASE64URL.fullmatch(text):
        try:
            raw = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
        except binascii.Error:
            raw = b""
        if base64.urlsafe_b64encode(raw).rstrip(b"=") == text:
            return decoded(raw)
    raise Refused(Reason.MALFORMED)
