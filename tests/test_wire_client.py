"""A client written by hand from PROTOCOL.md and RFC 6455 alone, against the real servers.

Rule of this file: the client below takes nothing from this project, nor from a WebSocket library. What it
shares with the server are bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import select
import socket
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model

from strategies import registry

pytestmark = pytest.mark.usefixtures("committed")

# ── the client ───────────────────────────────────────────────────────────────────────────────────

CONTINUATION, TEXT, CLOSE, PING, PONG = 0x0, 0x1, 0x8, 0x9, 0xA
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PATIENCE = 10.0


class Closed(NamedTuple):
    code: int
    reason: str


class Client:
    """One connection. What it reads: JSON objects, then `Closed`."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.incoming = self.socket.makefile("rb")
        self.key = base64.b64encode(os.urandom(16))

    def request(self, target: str, *headers: str) -> bytes:
        lines = [f"GET {target} HTTP/1.1", "Host: app.example", "Connection: Upgrade", "Upgrade: websocket"]
        lines += ["Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {self.key.decode()}", *headers, "", ""]
        return "\r\n".join(lines).encode("ascii")

    def answer(self) -> tuple[int, dict[str, str]]:
        """Status and headers; the accept key of a 101 is checked [RFC 6455 §4.1]."""
        status = int(self.incoming.readline().split()[1])
        headers = {}
        while line := self.incoming.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        if status == 101:
            accept = base64.b64encode(hashlib.sha1(self.key + GUID).digest()).decode()
            assert headers["sec-websocket-accept"] == accept
        return status, headers

    def open(self, target: str, *headers: str) -> tuple[int, dict[str, str]]:
        self.socket.sendall(self.request(target, *headers))
        return self.answer()

    def say(self, *messages: dict[str, Any]) -> None:
        """All of them in one segment."""
        self.socket.sendall(b"".join(frame(TEXT, json.dumps(message).encode()) for message in messages))

    def read(self) -> Any:
        while True:
            opcode, payload = self.frame()
            if opcode == TEXT:
                return json.loads(payload)
            if opcode == CLOSE:
                return Closed(struct.unpack("!H", payload[:2])[0], payload[2:].decode())

    def frame(self) -> tuple[int, bytes]:
        """One frame of the server's: never masked, and never in parts here [RFC 6455 §5.2]."""
        first, second = self.incoming.read(2)
        assert first & 0x80
        assert not second & 0x80
        size = second
        if size >= 126:
            size = int.from_bytes(self.incoming.read(2 if size == 126 else 8), "big")
        return first & 0xF, self.incoming.read(size)

    def ends(self) -> bool:
        """Whether the server ends the connection in time, whatever it says before."""
        try:
            while self.incoming.read(1):
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True

    def close(self) -> None:
        self.incoming.close()
        self.socket.close()

    def heard(self, seconds: float) -> bool:
        """Whether there is something to read, now or within this time."""
        return bool(select.select([self.socket], [], [], seconds)[0])


def frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """A client's frame: always masked [RFC 6455 §5.3]."""
    mask = os.urandom(4)
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else bytes([0x80 | 126]) + struct.pack("!H", len(payload))
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return bytes([opcode | (0x80 if final else 0)]) + size + mask + masked


OPENINGS: dict[str, Callable[[str], tuple[str, list[str]]]] = {
    "querystring/authtoken": lambda token: (f"?token={token}", []),
    "subprotocol/authtoken": lambda token: ("", [f"Sec-WebSocket-Protocol: wsauth.v1, bearer.{token}"]),
    "first_message/authtoken": lambda token: ("", []),
    "header/authtoken": lambda token: ("", [f"Authorization: Bearer {token}"]),
    "cookie/session": lambda token: ("", [f"Cookie: sessionid={token}", "Origin: http://app.example:8000"]),
}
BEFORE_THE_UPGRADE = [pair for pair in OPENINGS if not pair.startswith("first_message")]

# ── what it sees ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=["daphne", "uvicorn"])
def server(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(server: str, serve: Callable[[str], Any]) -> Iterator[Client]:
    served = serve(server)
    client = Client(served.host, served.port)
    yield client
    client.close()


@pytest.fixture
def issue() -> Callable[[str], tuple[str, str]]:
    """A user of its own and a credential, from the backend of a pair: what a log-in would have given."""

    def give(pair: str) -> tuple[str, str]:
        user = get_user_model().objects.create(username=f"wire-{os.urandom(4).hex()}")
        return user.get_username(), async_to_sync(registry.pair(*pair.split("/")).backend.issue)(user)

    return give


Issue = Callable[[str], tuple[str, str]]


@pytest.mark.parametrize("pair", OPENINGS)
def test_gets_in(client: Client, issue: Issue, pair: str) -> None:
    username, token = issue(pair)
    query, headers = OPENINGS[pair](token)
    status, answered = client.open(f"/ws/{pair}/{query}", *headers)
    assert status == 101
    assert answered.get("sec-websocket-protocol") == ("wsauth.v1" if "subprotocol" in pair else None)
    if pair.startswith("first_message"):
        assert client.read()["type"] == "auth.required"
        client.say({"type": "auth", "token": token})
        assert client.read() == {"type": "auth.ok", "expires_in": None, "refresh_in": None}
    assert client.read()["user"] == username
    client.say({"command": "echo", "data": "é"})
    assert client.read() == {"type": "echo", "data": "é"}


@pytest.mark.parametrize("pair", BEFORE_THE_UPGRADE)
def test_is_refused_with_a_status(client: Client, server: str, pair: str) -> None:
    query, headers = OPENINGS[pair]("0" * 40)
    status, answered = client.open(f"/ws/{pair}/{query}", *headers)
    if server == "daphne":
        assert status == 403
        return
    assert (status, answered["www-authenticate"]) == (401, 'Bearer realm="websocket", error="invalid_token"')
    body = json.loads(client.incoming.read(int(answered["content-length"])))
    assert body == {"type": "auth.error", "code": "invalid_credential", "retry": "never"}


@pytest.mark.parametrize("pair", BEFORE_THE_UPGRADE)
def test_is_refused_with_a_code(client: Client, server: str, pair: str) -> None:
    query, headers = OPENINGS[pair]("0" * 40)
    assert client.open(f"/close/ws/{pair}/{query}", *headers)[0] == 101
    assert client.read() == {"type": "auth.error", "code": "invalid_credential", "retry": "never"}
    assert client.read() == Closed(4401, "" if server == "daphne" else "invalid_credential")


def opened(client: Client) -> float:
    """An accepted socket without an identity; returns the seconds it was given."""
    assert client.open("/ws/first_message/authtoken/")[0] == 101
    required = client.read()
    assert required["type"] == "auth.required"
    return float(required["timeout"])


@pytest.mark.parametrize(
    ("message", "error", "code"),
    [
        ({"type": "auth", "token": "0" * 40}, "invalid_credential", 4401),
        ({"type": "auth", "token": 7}, "bad_message", 4400),
        ({"command": "whoami"}, "missing_credential", 4401),
    ],
)
def test_a_first_message_is_refused(client: Client, message: dict[str, Any], error: str, code: int) -> None:
    opened(client)
    client.say(message)
    assert client.read() == {"type": "auth.error", "code": error, "retry": "never"}
    assert client.read().code == code


def test_auth_and_a_command_in_one_segment(client: Client, issue: Issue) -> None:
    """Refused; where the server handed them over one after the other, answered after `auth.ok` and not before."""
    username, token = issue("first_message/authtoken")
    opened(client)
    client.say({"type": "auth", "token": token}, {"command": "echo", "data": 1})
    first = client.read()
    if first["type"] == "auth.error":
        assert first["code"] == "missing_credential"
        assert client.read().code == 4401
    else:
        assert first["type"] == "auth.ok"
        assert client.read()["user"] == username
        assert client.read() == {"type": "echo", "data": 1}


def test_fragments_do_not_extend_the_deadline(client: Client, issue: Issue) -> None:
    """A good message in parts of one byte, so slowly that its last part never comes."""
    _, token = issue("first_message/authtoken")
    deadline = opened(client)
    started, opcode = time.monotonic(), TEXT
    for byte in json.dumps({"type": "auth", "token": token}).encode() * 9:
        client.socket.sendall(frame(opcode, bytes([byte]), final=False))
        opcode = CONTINUATION
        if client.heard(0.02):
            break
    timed_out(client, client.read(), started + deadline)


def test_pings_do_not_extend_the_deadline(client: Client) -> None:
    deadline = opened(client)
    started, pongs = time.monotonic(), 0
    while True:
        client.socket.sendall(frame(PING, b"still here"))
        opcode, payload = client.frame()
        if opcode != PONG:
            break
        assert payload == b"still here"
        pongs += 1
    assert pongs > 10
    timed_out(client, json.loads(payload), started + deadline)


def timed_out(client: Client, message: Any, when: float) -> None:
    assert message == {"type": "auth.error", "code": "timeout", "retry": "backoff"}
    assert client.read().code == 4408
    assert time.monotonic() == pytest.approx(when, abs=0.5)


def test_a_handshake_of_one_byte_at_a_time(client: Client, issue: Issue) -> None:
    username, token = issue("header/authtoken")
    for byte in client.request("/ws/header/authtoken/", f"Authorization: Bearer {token}"):
        client.socket.sendall(bytes([byte]))
    assert client.answer()[0] == 101
    assert client.read()["user"] == username


# ── what it does to the server ───────────────────────────────────────────────────────────────────

ODD_CLOSES = {
    "empty": b"",
    "half a code": b"\x03",
    "zero": struct.pack("!H", 0),
    "reserved": struct.pack("!H", 1005),
    "out of range": struct.pack("!H", 65_535),
    "text that is none": struct.pack("!H", 1000) + b"\xff\xfe",
    "as long as may be": struct.pack("!H", 4401) + b"a" * 123,
}


@pytest.mark.parametrize("authenticated", [False, True], ids=["before auth", "after auth"])
def test_odd_close_frames_end_the_connection_and_nothing_else(
    server: str, serve: Callable[[str], Any], issue: Issue, authenticated: bool
) -> None:
    served = serve(server)
    before = served.log.read_text(errors="replace")
    for payload in ODD_CLOSES.values():
        with closing(Client(served.host, served.port)) as client:
            opened(client)
            if authenticated:
                client.say({"type": "auth", "token": issue("first_message/authtoken")[1]})
                assert [client.read()["type"] for _ in range(2)] == ["auth.ok", "ready"]
            client.socket.sendall(frame(CLOSE, payload) + frame(TEXT, b"{}"))
            assert client.ends()
    assert "Traceback" not in served.log.read_text(errors="replace").removeprefix(before)


def test_a_client_that_leaves_at_any_point_leaves_no_trace(
    server: str, serve: Callable[[str], Any], issue: Issue
) -> None:
    """Cut off, without a close frame, while it is verified too."""
    served = serve(server)
    before = served.log.read_text(errors="replace")
    _, token = issue("header/authtoken")
    good = Client(served.host, served.port).request("/ws/header/authtoken/", f"Authorization: Bearer {token}")
    for sent in (good[:-2], good, good + frame(TEXT, b"{}")):
        for reset in (False, True):
            with closing(Client(served.host, served.port)) as client:
                client.socket.sendall(sent)
                if reset:  # the other end is told at once, and in the hardest way
                    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with closing(Client(served.host, served.port)) as client:
        opened(client)  # it still answers, and has dealt with those before
    assert "Traceback" not in served.log.read_text(errors="replace").removeprefix(before)


def test_a_message_over_the_cap_in_fragments_is_too_large(client: Client, server: str) -> None:
    opened(client)
    parts = [b'{"type":"auth","token":"', *[b"a" * 100] * 90, b'"}']
    frames = [frame(CONTINUATION if at else TEXT, part, final=at == len(parts) - 1) for at, part in enumerate(parts)]
    client.socket.sendall(b"".join(frames))
    assert client.read() == {"type": "auth.error", "code": "too_large", "retry": "never"}
    assert client.read().code == (4400 if server == "daphne" else 1009)


def test_a_compressed_message_counts_by_what_it_is_inflated_to(client: Client, server: str) -> None:
    offer = "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; server_no_context_takeover"
    status, answered = client.open("/ws/first_message/authtoken/", offer)
    assert status == 101
    if "sec-websocket-extensions" not in answered:
        pytest.skip(f"{server} compresses nothing")
    deflate = zlib.compressobj(wbits=-15)
    packed = deflate.compress(b'{"type":"auth","token":"' + b"a" * 500_000 + b'"}') + deflate.flush(zlib.Z_SYNC_FLUSH)
    assert len(packed) < 2_000
    client.socket.sendall(frame(0x40 | TEXT, packed.removesuffix(b"\x00\x00\xff\xff")))
    codes = []
    while not codes or codes[-1] != CLOSE:
        opcode, payload = client.frame()
        codes.append(opcode)
    assert struct.unpack("!H", payload[:2])[0] == (4400 if server == "daphne" else 1009)
