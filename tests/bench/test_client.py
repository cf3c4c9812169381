"""The lean client, against a real server and against sockets that misbehave."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bench.client import Client, Ended, upgrade
from strategies import registry
from strategies.conformance.contender import make_user
from strategies.flow import ClientFlow, Open, Send

ORIGIN = min(registry.pairs()[0].policy.origins or ())


def only_open() -> ClientFlow:
    yield Open()


@contextmanager
def server(answer: bytes) -> Iterator[tuple[str, int]]:
    """Says `answer` to whatever comes, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()
        thread.join(timeout=10)


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("name", ["daphne", "uvicorn"])
async def test_every_client_half_gets_in(name: str, each_strategy: registry.Pair, serve: Callable[[str], Any]) -> None:
    served = serve(name)
    user = await make_user()
    token = await each_strategy.backend.issue(user)
    with Client(served.host, served.port) as client:
        client.present(f"/{each_strategy.path}", each_strategy.strategy.client(token), ORIGIN)
        assert client.receive_ready()["user"] == user.get_username()
        first = client.elapsed
        assert 0 < first < client.elapsed


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("name", ["daphne", "uvicorn"])
def test_refusals_are_seen_as_they_are(name: str, serve: Callable[[str], Any]) -> None:
    served = serve(name)
    status = {"daphne": 403, "uvicorn": 401}[name]
    for path, found in (("ws/header/authtoken/", (status, None)), ("close/ws/header/authtoken/", (101, 4401))):
        with Client(served.host, served.port) as client, pytest.raises(Ended) as ended:
            client.present(f"/{path}", only_open(), ORIGIN)
            client.receive()
        assert (ended.value.status, ended.value.code) == found


@pytest.mark.usefixtures("committed")
def test_a_frame_that_is_not_ready_is_not_taken_for_it(serve: Callable[[str], Any]) -> None:
    served = serve("daphne")

    def talkative() -> ClientFlow:
        yield Open()
        yield Send('{"command": "whoami"}')

    with Client(served.host, served.port) as client:
        client.present("/control/none/", talkative(), ORIGIN)
        assert client.receive_ready()["type"] == "ready"
        assert client.receive_ready() == {}  # the answer to whoami


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 101 Switching"])
def test_a_server_that_hangs_up_is_no_answer(answer: bytes) -> None:
    with server(answer) as (host, port), Client(host, port) as client, pytest.raises(Ended) as ended:
        client.present("/", only_open(), None)
    assert ended.value.status == 0


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    answer = b"HTTP/1.1 403 Forbidden\r\n\r\nno"
    with server(answer) as (host, port), Client(host, port) as client, pytest.raises(Ended, match="HTTP 403"):
        client.present("/", only_open(), None)


def test_the_upgrade_request_holds_what_the_client_half_says() -> None:
    opening = Open(query=(("a b", "ü&"),), headers=((b"x-one", b"1"),), subprotocols=("chat", "bearer.x"))
    (request,) = upgrade("localhost", 80, "/ws/", opening, "https://app.example").data_to_send()
    assert request.startswith(b"GET /ws/?a+b=%C3%BC%26 HTTP/1.1\r\n")
    for line in (b"x-one: 1", b"Origin: https://app.example", b"Sec-WebSocket-Protocol: chat, bearer.x"):
        assert line + b"\r\n" in request
    (bare,) = upgrade("localhost", 80, "/ws/", Open(), None).data_to_send()
    assert b"Origin" not in bare
    assert b"?" not in bare
