"""What `PROTOCOL.md` promises of each reason, written down a second time: the tests hold the code against this table.

Rule: nothing here is derived from `strategies`. A row that changes is a change of the protocol.
"""

from typing import NamedTuple


class Documented(NamedTuple):
    label: str
    code: int
    stand_in: int
    status: int
    error: str
    retry: str


REASONS = {
    "MISSING": Documented("missing", 4401, 4401, 401, "missing_credential", "refresh"),
    "MALFORMED": Documented("malformed", 4401, 4401, 401, "invalid_credential", "never"),
    "AMBIGUOUS": Documented("ambiguous", 4401, 4401, 401, "invalid_credential", "never"),
    "INVALID": Documented("invalid", 4401, 4401, 401, "invalid_credential", "never"),
    "REVOKED": Documented("revoked", 4401, 4401, 401, "invalid_credential", "never"),
    "OVERSIZE": Documented("oversize", 4401, 4401, 401, "too_large", "never"),
    "EXPIRED": Documented("expired", 4419, 4419, 401, "credential_expired", "refresh"),
    "INACTIVE": Documented("inactive", 4403, 4403, 403, "forbidden", "never"),
    "ORIGIN": Documented("origin", 4403, 4403, 403, "forbidden", "never"),
    "INSECURE": Documented("insecure", 4403, 4403, 403, "forbidden", "never"),
    "SUBPROTOCOL": Documented("subprotocol", 4406, 4406, 406, "bad_message", "never"),
    "BAD_MESSAGE": Documented("bad message", 4400, 4400, 400, "bad_message", "never"),
    "MESSAGE_TOO_LARGE": Documented("message too large", 1009, 4400, 413, "too_large", "never"),
    "EARLY_MESSAGE": Documented("early message", 4401, 4401, 401, "missing_credential", "never"),
    "SECOND_AUTH": Documented("second auth", 4409, 4409, 409, "already_authenticated", "never"),
    "WITHDRAWN": Documented("withdrawn", 4410, 4410, 410, "revoked", "never"),
    "OTHER_IDENTITY": Documented("other identity", 4403, 4403, 403, "forbidden", "never"),
    "RATE_LIMITED": Documented("rate limited", 4429, 4429, 429, "rate_limited", "backoff"),
    "TIMEOUT": Documented("timeout", 4408, 4408, 408, "timeout", "backoff"),
    "UNAVAILABLE": Documented("unavailable", 1013, 4503, 503, "unavailable", "backoff"),
    "INTERNAL": Documented("internal", 1011, 4503, 503, "unavailable", "backoff"),
}

CLOSE_CODES = {  # name: (code, stand-in, HTTP status)
    "GOING_AWAY": (1001, 1001, 503),
    "TOO_BIG": (1009, 4400, 413),
    "INTERNAL": (1011, 4503, 503),
    "SERVICE_RESTART": (1012, 1012, 503),
    "TRY_AGAIN_LATER": (1013, 4503, 503),
    "BAD_MESSAGE": (4400, 4400, 400),
    "UNAUTHENTICATED": (4401, 4401, 401),
    "FORBIDDEN": (4403, 4403, 403),
    "NO_ROUTE": (4404, 4404, 404),
    "NO_SUBPROTOCOL": (4406, 4406, 406),
    "TIMEOUT": (4408, 4408, 408),
    "ALREADY_AUTHENTICATED": (4409, 4409, 409),
    "REVOKED": (4410, 4410, 410),
    "EXPIRED": (4419, 4419, 401),
    "TOO_MANY": (4429, 4429, 429),
    "UNAVAILABLE": (4503, 4503, 503),
}
