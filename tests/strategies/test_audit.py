from __future__ import annotations

from strategies.audit import fields
from strategies.refusal import Reason


def test_a_record_tells_what_and_where_in_plain_text() -> None:
    told = fields(Reason.EXPIRED, strategy="cookie", backend="session", client_address="::1\r\nforged \u202e")
    assert told == {
        "reason": "EXPIRED",
        "strategy": "cookie",
        "backend": "session",
        "client_address": "::1\\r\\nforged \\u202e",
    }
