"""Looks for consumers that stand in an ASGI application without a gate before them.

Best effort: it follows Channels' routers and whatever holds the next application in a public attribute.
What it can't look into, a plain function for one, it passes over in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .gate import Gate

_INNER = ("inner", "application", "app")
"""Where middleware keeps what it wraps: Channels' in the first or second, others in any."""
_DEEPEST = 50


class Unguarded(NamedTuple):
    """A consumer that anybody reaches."""

    route: str
    """As the router writes it; empty where there is no router."""
    consumer: str


def unguarded(application: Any) -> Iterator[Unguarded]:
    """The consumers behind the WebSocket routes of `application`, without those behind a gate."""
    return _walk(application, "", _DEEPEST)


def _walk(app: Any, route: str, depth: int) -> Iterator[Unguarded]:
    if isinstance(app, Gate) or depth == 0:
        return
    consumer = getattr(app, "consumer_class", None)
    if consumer is not None:  # what Channels' `as_asgi` leaves on the function that it makes
        yield Unguarded(route, getattr(consumer, "__qualname__", ""))
        return
    for more, inner in _inside(app):
        yield from _walk(inner, route + more, depth - 1)


def _inside(app: Any) -> Iterator[tuple[str, Any]]:
    """What an application hands a WebSocket on to, and what that adds to the route."""
    protocols, routes = getattr(app, "application_mapping", None), getattr(app, "routes", None)
    if isinstance(protocols, Mapping):
        yield "", protocols.get("websocket")
    elif isinstance(routes, list | tuple):
        for one in routes:
            yield str(getattr(one, "pattern", "")), getattr(one, "callback", None)
    else:
        yield from (("", getattr(app, name)) for name in _INNER if callable(getattr(app, name, None)))
