"""What an answer may name. What the gate makes of it: `test_gate`."""

from __future__ import annotations

from typing import Any

import pytest

from strategies.handshake import Handshake
from strategies.naming import harmless_protocol
from strategies.querystring import QueryString
from strategies.subprotocol import Subprotocol

WRITTEN = [
    (["a", "b"], None, "a"),  # a server that took the header away
    (["a", "b"], b"b ,a", "a"),
    (["aA", "b"], b"a%41, b", "b"),  # daphne decodes, and can't answer what it decoded
    (["a b"], b"a%20b", None),
    (["bearer.x", "b"], None, "b"),
    (["bearer%2Esecret"], None, None),  # what a server might decode into a credential
    (["b%65arer.secret"], None, None),
    (["Bearer.x", " bearer.y", "bearer64.eA"], None, None),
    ([], None, None),
    (None, None, None),
    (["\ud800", "b"], None, "b"),
    (["\ud800"], b"x", None),
    (["a\r\nset-cookie: x=y", "b"], None, "b"),
    (["é", "b"], None, "b"),
]


@pytest.mark.parametrize(("offered", "header", "named"), WRITTEN, ids=repr)
def test_named_is_what_was_offered_in_these_letters_and_is_no_credential(
    offered: Any, header: bytes | None, named: str | None
) -> None:
    scope = {"path": "/", "headers": [(b"Sec-WebSocket-Protocol", header)] if header is not None else []}
    assert harmless_protocol(offered, scope, [QueryString(), Subprotocol()]) == named


def test_a_strategy_that_fails_at_it_has_nothing_named() -> None:
    class Failing(QueryString):
        def carries(self, handshake: Handshake) -> bool:
            raise RuntimeError

    assert harmless_protocol(["a"], {}, [Failing()]) is None
