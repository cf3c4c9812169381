"""The credential as a query parameter: `?token=<credential>`. See the README beside for its price."""

from __future__ import annotations

from ..flow import Credential, Open
from ..handshake import Handshake, Scope, query_fields, single
from ..strategy import HandshakeStrategy, Traits, presentable


class QueryString(HandshakeStrategy):
    """One query parameter, exactly once."""

    traits = Traits(in_url=True)

    def __init__(self, parameter: str = "token") -> None:
        if not isinstance(parameter, str) or not parameter.isidentifier() or not parameter.isascii():
            raise ValueError(f"parameter must be a plain name such as 'token', not {parameter!r}")
        self.parameter = parameter

    def find(self, handshake: Handshake) -> Credential:
        return Credential(single(handshake.query(self.parameter)))

    def opening(self, token: str) -> Open:
        return Open(query=((self.parameter, presentable(token)),))

    def carries(self, handshake: Handshake) -> bool:
        return bool(handshake.query_string) and super().carries(handshake)

    def scrub(self, scope: Scope) -> Scope:
        name = self.parameter.encode()
        kept = [raw for field, _, raw in query_fields(bytes(scope.get("query_string") or b"")) if field != name]
        return {**scope, "query_string": b"&".join(kept)}
