"""The whole error model: one exception, one enum of reasons, one table of close codes.

Rule of the package: whoever says no raises `Refused(Reason.…)` and nothing else. The reason is
for logs and assertions; the peer is told only what `Reason` maps to, which is the same for every
credential that is merely wrong. `PROTOCOL.md` carries these tables; a test holds them together.
"""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum


class CloseCode(IntEnum):
    """WebSocket close codes of the `auth.v1` protocol: 4000 + the HTTP status where one fits."""

    GOING_AWAY = 1001
    TOO_BIG = 1009
    INTERNAL = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_MESSAGE = 4400
    UNAUTHENTICATED = 4401
    FORBIDDEN = 4403
    NO_ROUTE = 4404
    NO_SUBPROTOCOL = 4406
    TIMEOUT = 4408
    ALREADY_AUTHENTICATED = 4409
    REVOKED = 4410
    EXPIRED = 4419
    TOO_MANY = 4429
    UNAVAILABLE = 4503

    @property
    def private(self) -> CloseCode:
        """The stand-in on servers that let an application send 1000 and 3000–4999 only [daphne's autobahn]."""
        return _PRIVATE.get(self, self)

    @property
    def http_status(self) -> int:
        """The status of the same answer when it is given before the upgrade."""
        return _HTTP_STATUS.get(self, self - 4000)


_PRIVATE = {
    CloseCode.TOO_BIG: CloseCode.BAD_MESSAGE,
    CloseCode.INTERNAL: CloseCode.UNAVAILABLE,
    CloseCode.TRY_AGAIN_LATER: CloseCode.UNAVAILABLE,
}
_HTTP_STATUS = {
    CloseCode.GOING_AWAY: 503,
    CloseCode.TOO_BIG: 413,
    CloseCode.INTERNAL: 503,
    CloseCode.SERVICE_RESTART: 503,
    CloseCode.TRY_AGAIN_LATER: 503,
    CloseCode.EXPIRED: 401,
}


class Retry(StrEnum):
    """What a client does next."""

    NEVER = "never"
    REFRESH = "refresh"
    BACKOFF = "backoff"


class Reason(Enum):
    """Why an attempt is refused: (log name, close code, code told to the peer, what to do next)."""

    MISSING = "missing", CloseCode.UNAUTHENTICATED, "missing_credential", Retry.REFRESH
    MALFORMED = "malformed", CloseCode.UNAUTHENTICATED, "invalid_credential", Retry.NEVER
    AMBIGUOUS = "ambiguous", CloseCode.UNAUTHENTICATED, "invalid_credential", Retry.NEVER
    INVALID = "invalid", CloseCode.UNAUTHENTICATED, "invalid_credential", Retry.NEVER
    REVOKED = "revoked", CloseCode.UNAUTHENTICATED, "invalid_credential", Retry.NEVER
    OVERSIZE = "oversize", CloseCode.UNAUTHENTICATED, "too_large", Retry.NEVER
    EXPIRED = "expired", CloseCode.EXPIRED, "credential_expired", Retry.REFRESH
    INACTIVE = "inactive", CloseCode.FORBIDDEN, "forbidden", Retry.NEVER
    ORIGIN = "origin", CloseCode.FORBIDDEN, "forbidden", Retry.NEVER
    INSECURE = "insecure", CloseCode.FORBIDDEN, "forbidden", Retry.NEVER
    SUBPROTOCOL = "subprotocol", CloseCode.NO_SUBPROTOCOL, "bad_message", Retry.NEVER
    BAD_MESSAGE = "bad message", CloseCode.BAD_MESSAGE, "bad_message", Retry.NEVER
    MESSAGE_TOO_LARGE = "message too large", CloseCode.TOO_BIG, "too_large", Retry.NEVER
    EARLY_MESSAGE = "early message", CloseCode.UNAUTHENTICATED, "missing_credential", Retry.NEVER
    SECOND_AUTH = "second auth", CloseCode.ALREADY_AUTHENTICATED, "already_authenticated", Retry.NEVER
    WITHDRAWN = "withdrawn", CloseCode.REVOKED, "revoked", Retry.NEVER
    OTHER_IDENTITY = "other identity", CloseCode.FORBIDDEN, "forbidden", Retry.NEVER
    RATE_LIMITED = "rate limited", CloseCode.TOO_MANY, "rate_limited", Retry.BACKOFF
    TIMEOUT = "timeout", CloseCode.TIMEOUT, "timeout", Retry.BACKOFF
    UNAVAILABLE = "unavailable", CloseCode.TRY_AGAIN_LATER, "unavailable", Retry.BACKOFF
    INTERNAL = "internal", CloseCode.INTERNAL, "unavailable", Retry.BACKOFF

    def __init__(self, label: str, close_code: CloseCode, error: str, retry: Retry) -> None:
        self.label = label
        self.close_code = close_code
        self.error = error
        self.retry = retry

    def __repr__(self) -> str:
        return f"Reason.{self.name}"


class Refused(Exception):
    """The one way a strategy or a backend says no. Carries a reason, never a credential."""

    def __init__(self, reason: Reason, *, retry_after: float | None = None) -> None:
        """`retry_after`: seconds after which the same attempt may be answered otherwise, where that is known."""
        super().__init__(reason.label)
        self.reason = reason
        self.retry_after = retry_after
