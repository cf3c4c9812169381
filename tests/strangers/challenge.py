"""A stranger's strategy: challenge and response. The secret itself never travels.

The server sends `{"type":"challenge","challenge":C}`; the client, who holds `<key id>:<secret>`, answers
`{"type":"auth","token":"<key id>.<HMAC-SHA256(secret, C)>"}`. What a backend gets is `C.<key id>.<HMAC>`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets

from strategies import messages
from strategies.flow import Accept, ClientFlow, Credential, Open, Receive, Send, ServerFlow
from strategies.handshake import Handshake, Scope
from strategies.refusal import Reason, Refused
from strategies.strategy import Traits


def answer(secret: str, challenge: str) -> str:
    return hmac.new(secret.encode(), challenge.encode(), hashlib.sha256).hexdigest()


class Challenge:
    traits = Traits(accepts_first=True)

    def server(self, handshake: Handshake) -> ServerFlow:
        challenge = secrets.token_hex(16)  # each connection's own: an answer overheard is good for nothing
        yield Accept()
        yield Send(json.dumps({"type": "challenge", "challenge": challenge}))
        answered = messages.read_auth((yield Receive()))
        if answered.startswith("."):
            raise Refused(Reason.MISSING)
        return Credential(f"{challenge}.{answered}")

    def client(self, token: str) -> ClientFlow:
        yield Open()
        challenge = json.loads((yield Receive()))["challenge"]
        key_id, _, secret = token.partition(":")
        yield Send(messages.auth(f"{key_id}.{answer(secret, challenge)}"))

    def carries(self, handshake: Handshake) -> bool:
        return False

    def scrub(self, scope: Scope) -> Scope:
        return dict(scope)
