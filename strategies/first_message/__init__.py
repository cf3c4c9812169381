"""The credential as the first text frame after the upgrade: in no URL, no header and no cookie."""

from __future__ import annotations

from .. import messages
from ..flow import Accept, ClientFlow, Credential, Open, Receive, Send, ServerFlow
from ..handshake import Handshake, Scope
from ..strategy import Traits, presentable


class FirstMessage:
    """`{"type":"auth","token":"…"}`, exactly one; the gate answers `auth.ok` or `auth.error`."""

    traits = Traits(accepts_first=True)

    def server(self, handshake: Handshake) -> ServerFlow:
        yield Accept()
        return Credential(messages.read_auth((yield Receive())))

    def client(self, token: str) -> ClientFlow:
        yield Open()
        yield Send(messages.auth(presentable(token)))

    def carries(self, handshake: Handshake) -> bool:
        return False  # nothing of it is in the upgrade request

    def scrub(self, scope: Scope) -> Scope:
        return dict(scope)
