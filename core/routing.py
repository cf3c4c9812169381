"""One static path per pair, the tutorial's own path, and a clean end for everything else.

Rule of this file: each gate stands *inside* the router's `path()`; outside of it there is no `url_route`.
Nothing from a URL is looked up or imported.
"""

from contextlib import suppress
from typing import Any, cast

from django.conf import settings
from django.urls import URLPattern, path, re_path

from strategies import registry
from strategies.naming import harmless_protocol
from strategies.refusal import CloseCode
from strategies.wire import App, Event, Receiver, Sender


def websocket_urlpatterns(consumer: App) -> list[Any]:
    """The lab's routes around `consumer`, which may be any ASGI application."""
    pairs = registry.pairs()
    return [
        *(_route(pair.path, pair.guard(consumer)) for pair in pairs),
        # `new WebSocket("ws://host/?token=…")`, as the usual tutorial's page has it.
        _route("", registry.pair("querystring", "authtoken").guard(consumer)),
        re_path("", cast(Any, no_route)),
    ]


async def no_route(scope: dict[str, Any], receive: Receiver, send: Sender) -> None:
    """Says that there is nothing here, in the way the lab's policy chose for refusals."""
    await receive()  # websocket.connect
    with suppress(OSError):  # the peer has left, as some servers say it
        for event in _refusal(scope):
            await send(event)


def _refusal(scope: dict[str, Any]) -> list[Event]:
    code = int(CloseCode.NO_ROUTE)  # daphne takes nothing but a plain int
    if settings.WS_AUTH["POLICY"]["REFUSE"] == "close":
        # A browser only sees the code if one of the protocols it offered is named; never a credential.
        strategies = {pair.strategy_name: pair.strategy for pair in registry.pairs()}
        named = harmless_protocol(scope.get("subprotocols"), scope, strategies.values())
        return [
            {"type": "websocket.accept", "subprotocol": named},
            {"type": "websocket.close", "code": int(code), "reason": "no such route"},
        ]
    if "websocket.http.response" in (scope.get("extensions") or {}):
        body = b"no such route"
        headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
        return [
            {"type": "websocket.http.response.start", "status": CloseCode.NO_ROUTE.http_status, "headers": headers},
            {"type": "websocket.http.response.body", "body": body},
        ]
    return [{"type": "websocket.close", "code": int(code)}]


def _route(where: str, app: App) -> URLPattern:
    """Django's types want a view; Channels' router takes any ASGI application."""
    return cast(URLPattern, path(where, cast(Any, app)))
