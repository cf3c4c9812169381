"""A client with little noise of its own: one blocking socket under the protocol core of `websockets`.

No event loop, no task switch and no thread lies between two readings of the clock. It drives the
contenders' own client halves and closes politely, so that a server is idle again before the next one.
"""

from __future__ import annotations

import socket
from collections import deque
from contextlib import suppress
from time import perf_counter
from typing import Any, Self
from urllib.parse import urlencode

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import Event, State
from websockets.typing import Origin, Subprotocol
from websockets.uri import WebSocketURI

from strategies import messages
from strategies.flow import ClientFlow, Open, Receive, Send
from strategies.refusal import Refused

_SECONDS = 20.0
"""No read waits longer; a server that takes this long gives no answer."""
_CHUNK = 65_536


class Ended(Exception):
    """The connection is over: `status` of a refused upgrade, or the close `code` of an accepted one."""

    def __init__(self, status: int, code: int | None) -> None:
        super().__init__(f"closed with {code}" if status == 101 else f"HTTP {status}")
        self.status = status
        self.code = code


class Client:
    """One connection, timed from before it is opened."""

    def __init__(self, host: str, port: int) -> None:
        self.started = perf_counter()
        self._host, self._port = host, port
        self._socket = socket.create_connection((host, port), timeout=_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._events: deque[Event] = deque()
        self._status = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._socket, suppress(OSError):  # a server may hang up first, and harder
            self._leave()

    def present(self, path: str, flow: ClientFlow, origin: str | None) -> None:
        """Goes through a client half, its upgrade included. Raises `Ended`."""
        answer = ""
        while True:
            try:
                step = flow.send(answer) if answer else next(flow)
            except StopIteration:
                return
            answer = ""
            match step:
                case Open():
                    self._upgrade(path, step, origin)
                case Send(text):
                    self.say(text)
                case Receive():
                    answer = self.receive()

    def say(self, text: str) -> None:
        """One text frame."""
        self._protocol.send_text(text.encode())
        self._flush()

    def receive(self) -> str:
        """The next frame that is no notice of a gate's. Raises `Ended`."""
        while messages.is_notice(text := self._frame()):
            pass
        return text

    def receive_ready(self) -> dict[str, Any]:
        """The shared consumer's first frame, {} for anything else. Raises `Ended`."""
        try:
            frame = messages.read_object(self.receive())
        except Refused:
            return {}
        return frame if frame.get("type") == "ready" else {}

    @property
    def elapsed(self) -> float:
        """Seconds since before the connection was opened."""
        return perf_counter() - self.started

    def _upgrade(self, path: str, opening: Open, origin: str | None) -> None:
        self._protocol = upgrade(self._host, self._port, path, opening, origin)
        self._flush()
        response = self._event()
        assert isinstance(response, Response)
        self._status = response.status_code
        if self._status != 101:
            raise Ended(self._status, None)

    def _frame(self) -> str:
        while True:
            match self._event():
                case Frame(opcode=Opcode.TEXT, data=data):
                    return bytes(data).decode()
                case Frame(opcode=Opcode.CLOSE):
                    closed = self._protocol.close_rcvd
                    raise Ended(self._status, closed.code if closed else None)

    def _event(self) -> Event:
        """The next one, in order. Raises `Ended` when the server has hung up without one."""
        while not self._events:
            data = self._socket.recv(_CHUNK)
            if data:
                self._protocol.receive_data(data)
            else:
                self._protocol.receive_eof()  # which ends the body of an answer without a length
            self._events += self._protocol.events_received()
            if not data and not self._events:
                raise Ended(self._status, None)
            with suppress(OSError):  # replies: one to a close may find that the server didn't wait for it
                self._flush()
        return self._events.popleft()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._socket.sendall(data)

    def _leave(self) -> None:
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(1000)
            self._flush()
        while self._socket.recv(_CHUNK):
            pass


def upgrade(host: str, port: int, path: str, opening: Open, origin: str | None) -> ClientProtocol:
    """The protocol core with the upgrade request of a client half ready to be sent."""
    protocol = ClientProtocol(
        WebSocketURI(False, host, port, path, urlencode(opening.query)),
        origin=Origin(origin) if origin is not None else None,
        subprotocols=[Subprotocol(name) for name in opening.subprotocols] or None,
    )
    request = protocol.connect()
    for name, value in opening.headers:
        request.headers[name.decode()] = value.decode("latin-1")
    protocol.send_request(request)
    return protocol
