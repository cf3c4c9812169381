"""Consumers without a gate, found behind Channels' own routers and middleware, and behind others'."""

from __future__ import annotations

from typing import Any

import pytest
from channels.auth import AuthMiddlewareStack
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path, re_path

from core.asgi import application as lab
from core.routing import no_route
from strategies import registry
from strategies.unguarded import Unguarded, unguarded


class Chat(AsyncWebsocketConsumer):
    pass


chat: Any = Chat.as_asgi()
guarded = registry.pairs()[0].guard(chat)


class Around:
    """Middleware of any make."""

    def __init__(self, app: Any) -> None:
        self.app = app


class Slotted:
    __slots__ = ("application",)

    def __init__(self, application: Any) -> None:
        self.application = application

    def __call__(self) -> None: ...


def routed(*routes: Any) -> ProtocolTypeRouter:
    return ProtocolTypeRouter({"http": chat, "websocket": URLRouter(list(routes))})


def endless() -> Around:
    one = Around(None)
    one.app = lambda: None
    one.app.app = one.app
    return one


def closed(*arguments: Any) -> Any:
    return chat(*arguments)


@pytest.mark.parametrize(
    ("application", "routes"),
    [
        (lab, []),
        (routed(path("a/", guarded), path("b/", chat)), ["b/"]),
        (routed(re_path(r"^a/(?P<id>\d+)$", chat), re_path("", no_route)), [r"^a/(?P<id>\d+)$"]),
        (routed(path("a/", URLRouter([path("b/", chat), path("c/", guarded)]))), ["a/b/"]),
        (routed(path("a/", AuthMiddlewareStack(chat)), path("b/", AuthMiddlewareStack(guarded))), ["a/"]),
        (ProtocolTypeRouter({"websocket": AllowedHostsOriginValidator(URLRouter([path("a/", chat)]))}), ["a/"]),
        (ProtocolTypeRouter({"websocket": Around(Slotted(URLRouter([path("a/", chat)])))}), ["a/"]),
        (Around(ProtocolTypeRouter({"websocket": chat})), [""]),
        (registry.pairs()[0].guard(URLRouter([path("a/", chat)])), []),
        (ProtocolTypeRouter({"http": chat}), []),
        (routed(path("a/", closed)), []),
        (endless(), []),
        (None, []),
    ],
)
def test_what_stands_open(application: Any, routes: list[str]) -> None:
    assert list(unguarded(application)) == [Unguarded(route, "Chat") for route in routes]
