"""The middleware that most tutorials teach: a query token, one lookup per connect, anonymous on failure.

Written here, in our own words, to be measured against. Not to be used: it lets everybody in.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.middleware import BaseMiddleware
from django.contrib.auth.models import AnonymousUser
from rest_framework.authtoken.models import Token


@database_sync_to_async
def user_of(key: str) -> Any:
    """The lookup: two queries on Channels' thread, one for the token and one for its user."""
    try:
        return Token.objects.get(key=key).user
    except Token.DoesNotExist:
        return AnonymousUser()


class TutorialMiddleware(BaseMiddleware):
    """`?token=<key>`, whatever comes of it."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        query = parse_qs(scope["query_string"].decode())
        user = await user_of(query.get("token", [""])[0])
        return await super().__call__({**scope, "user": user}, receive, send)
