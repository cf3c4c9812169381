"""How often: logins per address and username (`WSAUTH_LOGIN_RATE`), tickets per user (`WSAUTH_TICKET_RATE`)."""

import hashlib
from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle


class LoginThrottle(SimpleRateThrottle):
    """Every attempt counts, good ones too: which it was, the answer must not depend on.

    Per username alone, anybody could lock anybody out; per address alone, an office would share one limit.
    """

    scope = "login"

    def get_cache_key(self, request: Request, view: Any) -> str:
        data = request.data if isinstance(request.data, Mapping) else {}
        username = str(data.get("username", "")).strip().casefold()
        # Hashed: a cache key has limits in length and alphabet, a username sent by a stranger has none.
        digest = hashlib.sha256(username.encode("utf-8", "surrogatepass")).hexdigest()
        return self.cache_format % {"scope": self.scope, "ident": f"{self.get_ident(request)}_{digest}"}


class TicketThrottle(UserRateThrottle):
    """Each ticket is a row, and costs its maker nothing."""

    scope = "ticket"
