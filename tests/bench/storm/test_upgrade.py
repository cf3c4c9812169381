"""The upgrade request against the protocol core of `websockets`, and what is no answer to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from bench.storm.upgrade import END, NOT_DEFLATED, NoUpgrade, Offer, Target
from strategies.flow import Open
from strategies.handshake import Handshake

TARGET = Target("127.0.0.1", 8000, "/ws/", "https://app.example")


def asked(opening: Open) -> tuple[Request, bytes]:
    """The request as `websockets` reads it, and its own answer."""
    server = ServerProtocol(subprotocols=[Subprotocol("chat")])
    server.receive_data(TARGET.request(opening))
    (request,) = server.events_received()
    assert isinstance(request, Request)
    server.send_response(server.accept(request))
    return request, b"".join(server.data_to_send()).removesuffix(END)


def test_is_accepted_and_checked() -> None:
    opening = Open(headers=((b"cookie", b"a=b"),), subprotocols=("chat", "bearer.x"))
    request, answer = asked(opening)
    assert (request.headers["Cookie"], request.headers["Origin"]) == ("a=b", "https://app.example")
    Offer(opening.subprotocols).check(answer)


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_query_values_arrive(value: str) -> None:
    request, _ = asked(Open(query=(("token", value),)))
    path, _, query = request.path.partition("?")
    assert path == "/ws/"
    assert Handshake(path, query.encode()).query("token") == (value,)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ((b"HTTP/1.1 101", b"HTTP/1.1 403"), "HTTP 403"),
        ((b"Sec-WebSocket-Accept: ", b"Sec-WebSocket-Accept: x"), "Accept"),
        ((b"Protocol: chat", b"Protocol: other"), "subprotocol"),
        ((b"Sec-WebSocket-Protocol: chat\r\n", b""), "subprotocol"),
        ((b"HTTP/1.1 101", b"garbage"), "no HTTP|HTTP "),
    ],
)
def test_what_is_no_upgrade(change: tuple[bytes, bytes], why: str) -> None:
    opening = Open(subprotocols=("chat",))
    _, answer = asked(opening)
    lines = answer + b"\r\n"
    assert change[0] in lines
    with pytest.raises(NoUpgrade, match=why):
        Offer(opening.subprotocols).check(lines.replace(*change).removesuffix(b"\r\n"))


def test_compression_is_offered_and_must_be_agreed_on() -> None:
    answers = []
    for factories in ([ServerPerMessageDeflateFactory()], []):
        server = ServerProtocol(extensions=factories)
        server.receive_data(TARGET.request(Open(), deflate=True))
        (request,) = server.events_received()
        assert isinstance(request, Request)
        server.send_response(server.accept(request))
        answers.append(b"".join(server.data_to_send()).removesuffix(END))
    agreed, plain = answers
    Offer(deflate=True).check(agreed)
    Offer().check(plain)
    with pytest.raises(NoUpgrade, match=NOT_DEFLATED):
        Offer(deflate=True).check(plain)
    with pytest.raises(NoUpgrade, match="an extension that was not offered"):
        Offer().check(agreed)
