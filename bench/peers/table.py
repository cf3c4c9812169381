"""Which packages stand in the comparison, and how each is plugged in. A row is all that another one takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.utils.module_loading import import_string

from strategies.backend import Backend
from strategies.backends.authtoken import AuthToken
from strategies.backends.simplejwt import SimpleJWT
from strategies.header import Header
from strategies.querystring import QueryString
from strategies.strategy import Strategy
from strategies.wire import App

from .names import Named


class Shape(StrEnum):
    """How a package says no."""

    DENIED = "denied before accept"
    CLOSED = "accepted, then closed"
    ANONYMOUS = "anonymous"
    """The application runs, for nobody in particular, and has to look."""
    SILENT = "no answer"


@dataclass(frozen=True)
class Peer:
    """One way to use a package."""

    distribution: str
    middleware: str
    """Dotted path of what takes the application."""
    strategy: Strategy
    """Of ours, whose client half sends what the package reads."""
    backend: Backend
    """Of ours, which issues what the package checks."""
    shape: Shape = Shape.ANONYMOUS
    named: bool = True
    """Whether its user has a username; one that knows no more than a primary key is given it. See `Named`."""

    @cached_property
    def version(self) -> str | None:
        """None where it is not installed."""
        try:
            return version(self.distribution)
        except PackageNotFoundError:
            return None

    @property
    def key(self) -> str:
        carrier, kind = type(self.strategy).__name__.lower(), type(self.backend).__name__.lower()
        return f"{self.distribution} {self.version or '(not installed)'} {carrier}/{kind}"

    @property
    def path(self) -> str:
        """Its route, without the leading slash."""
        return f"peer/{self.distribution}/{type(self.strategy).__name__.lower()}/{type(self.backend).__name__.lower()}/"

    def around(self, app: App) -> App:
        """The application behind it. Raises `ImportError` where it is not installed."""
        build: Callable[[Any], App] = import_string(self.middleware)
        return build(app if self.named else Named(app))


_TOKENS = "channels_auth_token_middlewares.middleware."
PEERS = (
    Peer("channels-auth-token-middlewares", _TOKENS + "QueryStringDRFAuthTokenMiddleware", QueryString(), AuthToken()),
    Peer("channels-auth-token-middlewares", _TOKENS + "DRFAuthTokenMiddleware", Header(["Token"]), AuthToken()),
    Peer(
        "channels-auth-token-middlewares",
        _TOKENS + "QueryStringSimpleJWTAuthTokenMiddleware",
        QueryString(),
        SimpleJWT(),
    ),
    Peer("channels-auth-token-middlewares", _TOKENS + "SimpleJWTAuthTokenMiddleware", Header(), SimpleJWT()),
    Peer(
        "django-channels-jwt-auth-middleware",
        "django_channels_jwt_auth_middleware.auth.JWTAuthMiddlewareStack",
        QueryString(),
        SimpleJWT(),
    ),
    Peer(
        "django-channels-jwt-stateless",
        "django_channels_jwt_stateless.JWTAuthMiddleware",
        QueryString(),
        SimpleJWT(),
        named=False,
    ),
    Peer("django-realtime-chat", "django_realtime_chat.middleware.JWTAuthMiddleware", QueryString(), SimpleJWT()),
)


def installed() -> tuple[Peer, ...]:
    """Those that this environment has."""
    return tuple(peer for peer in PEERS if peer.version is not None)
