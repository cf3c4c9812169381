"""Every pair has its route; whatever has none ends cleanly."""

from typing import Any

import pytest
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator

from core import settings as lab
from core.routing import no_route, websocket_urlpatterns
from strategies import registry
from strategies.gate import Gate

ODD_PATHS = ["/ws/", "/ws/querystring/", "/ws/querystring/authtoken", "/ws/cookie/nobody/", "/%00", "/\n", "/é" * 500,
    "/WS/querystring/authtoken/", "/ws/querystring/authtoken//", "/ws//querystring/authtoken/",
    "/ws/./querystring/authtoken/", "/ws/cookie/../querystring/authtoken/", "/ws/querystring%2fauthtoken/",
    "/ws/querystring/authtoken/?", "/ws/querystring/authtoken/.", "/ws\\querystring\\authtoken/",
    "/ws/querystring;a/authtoken/", "/ws/querystring/authtoken/close/ws/cookie/session/", "/ws/ querystring/authtoken/",
]  # fmt: skip


def routed(consumer: Any = None) -> URLRouter:
    return URLRouter(websocket_urlpatterns(consumer or no_route))


def test_every_pair_stands_behind_its_gate_and_nothing_else_does() -> None:
    *routes, last = websocket_urlpatterns(no_route)
    assert {str(route.pattern) for route in routes} == {pair.path for pair in registry.pairs()} | {""}
    assert all(isinstance(route.callback, Gate) for route in routes)
    assert last.callback is no_route


def test_the_lab_serves_the_pairs_it_promises() -> None:
    tokens = ("authtoken", "simplejwt", "simplejwt_stateless", "ticket")
    carriers = ("querystring", "subprotocol", "first_message", "header")
    promised = {f"ws/{carrier}/{token}/" for carrier in carriers for token in tokens}
    promised |= {f"ws/cookie/{backend}/" for backend in ("session", "authtoken", "simplejwt")}
    assert {pair.path for pair in registry.build(lab.WS_AUTH).pairs} == promised


@pytest.mark.parametrize("path", ODD_PATHS)
async def test_unknown_paths_are_closed_before_they_open(path: str) -> None:
    communicator = WebsocketCommunicator(routed(), "/")
    communicator.scope["path"] = path
    assert await communicator.connect() == (False, 4404)
    await communicator.wait()


async def test_a_server_that_can_answer_says_404() -> None:
    communicator = WebsocketCommunicator(routed(), "/nowhere")
    communicator.scope["extensions"] = {"websocket.http.response": {}}
    await communicator.send_input({"type": "websocket.connect"})
    start = await communicator.receive_output()
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 404)
    assert (await communicator.receive_output())["type"] == "websocket.http.response.body"
    await communicator.wait()


@pytest.mark.parametrize(
    ("offered", "named"),
    [
        ([], None),
        (["wsauth.v1", "bearer.secret"], "wsauth.v1"),
        (["bearer.secret"], None),
        (["aA", "b"], "b"),  # daphne decodes, and can't answer what it decoded
    ],
)
async def test_where_refusals_are_told_the_code_is_too(settings: Any, offered: list[str], named: str | None) -> None:
    """A browser sees the code only if a protocol is named, and no credential ever is."""
    settings.WS_AUTH = {**settings.WS_AUTH, "POLICY": {**settings.WS_AUTH["POLICY"], "REFUSE": "close"}}
    communicator = WebsocketCommunicator(routed(), "/nowhere", subprotocols=offered)
    communicator.scope["headers"].append((b"sec-websocket-protocol", ", ".join(offered).replace("A", "%41").encode()))
    assert await communicator.connect() == (True, named)
    close = await communicator.receive_output()
    assert close["code"] == 4404
    assert type(close["code"]) is int  # daphne fails with anything else, an IntEnum too
    await communicator.wait()


async def test_a_peer_that_has_left_is_no_error() -> None:
    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(event: Any) -> None:
        raise BrokenPipeError

    await no_route({"type": "websocket", "path": "/nowhere"}, receive, send)


async def test_the_tutorials_route_takes_a_query_and_nothing_else() -> None:
    ran = False

    async def consumer(*_: Any) -> None:
        nonlocal ran
        ran = True

    communicator = WebsocketCommunicator(routed(consumer), "/", headers=[(b"authorization", b"Token x")])
    accepted, _ = await communicator.connect()
    assert not accepted
    assert not ran
