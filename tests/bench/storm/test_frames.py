"""The codec against the protocol core of `websockets`: what one writes the other reads, however it is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame
from websockets.frames import Opcode as Theirs
from websockets.server import ServerProtocol
from websockets.streams import StreamReader

from bench.storm.frames import BadFrame, Message, Opcode, Reader, close_code, closing, encode

LARGE = st.sampled_from([0, 1, 3, 125, 126, 127, 65_535, 65_536, 70_001])
PAYLOADS = st.binary(max_size=300) | LARGE.map(lambda size: bytes(range(256)) * (size // 256) + bytes(size % 256))


def parsed(data: bytes, *, mask: bool) -> Frame:
    """One whole frame as `websockets` reads it."""
    reader = StreamReader()
    reader.feed_data(data)
    parser = Frame.parse(reader.read_exact, mask=mask, max_size=None)
    try:
        next(parser)
    except StopIteration as stop:
        assert not reader.buffer
        return stop.value
    raise AssertionError("not a whole frame")


@given(st.sampled_from([Opcode.TEXT, Opcode.BINARY]), PAYLOADS, st.binary(min_size=4, max_size=4))
def test_what_is_written_is_read_by_websockets(opcode: Opcode, data: bytes, mask: bytes) -> None:
    frame = parsed(encode(opcode, data, mask), mask=True)
    assert (frame.opcode, bytes(frame.data), frame.fin) == (Theirs(opcode), data, True)


@given(st.lists(PAYLOADS, min_size=1, max_size=4), st.data())
def test_what_websockets_writes_is_read_however_it_is_cut(payloads: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(Frame(Theirs.BINARY, one).serialize(mask=False) for one in payloads)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    reader, found = Reader(), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += reader.feed(stream[start:end])
    assert found == [Message(Opcode.BINARY, one) for one in payloads]


@given(st.lists(st.binary(max_size=50), min_size=2, max_size=5))
def test_fragments_are_joined_and_control_frames_may_stand_between_them(parts: list[bytes]) -> None:
    frames = [
        Frame(Theirs.TEXT if not n else Theirs.CONT, part, fin=n == len(parts) - 1) for n, part in enumerate(parts)
    ]
    frames.insert(1, Frame(Theirs.PING, b"there?"))
    found = list(Reader().feed(b"".join(one.serialize(mask=False) for one in frames)))
    assert found == [Message(Opcode.PING, b"there?"), Message(Opcode.TEXT, b"".join(parts))]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xc1\x00", id="a reserved bit"),
        pytest.param(b"\x81\x80\x00\x00\x00\x00", id="masked by a server"),
        pytest.param(b"\x83\x00", id="an unknown opcode"),
        pytest.param(b"\x09\x00", id="a ping in fragments"),
        pytest.param(b"\x89\x7e\x00\x80" + bytes(128), id="a ping too long"),
        pytest.param(b"\x80\x00", id="a continuation of nothing"),
        pytest.param(b"\x01\x00\x81\x00", id="a new message inside another"),
    ],
)
def test_what_no_server_may_send(data: bytes) -> None:
    with pytest.raises(BadFrame):
        list(Reader().feed(data))


def test_masks_differ() -> None:
    assert encode(Opcode.TEXT, b"x" * 40) != encode(Opcode.TEXT, b"x" * 40)


def test_closing_is_understood() -> None:
    server = ServerProtocol()
    server.receive_data(
        b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    (request,) = server.events_received()
    server.send_response(server.accept(request))
    server.receive_data(closing(1000))
    assert server.close_rcvd is not None
    assert server.close_rcvd.code == 1000


@pytest.mark.parametrize(("data", "code"), [(b"", 1005), (b"\x11\x31no", 4401)])
def test_close_code(data: bytes, code: int) -> None:
    assert close_code(Message(Opcode.CLOSE, data)) == code


@given(st.lists(PAYLOADS, min_size=1, max_size=4), st.booleans())
def test_what_websockets_compresses_is_read(payloads: list[bytes], forgets: bool) -> None:
    theirs = PerMessageDeflate(False, forgets, 15, 15)
    stream = b"".join(Frame(Theirs.BINARY, one).serialize(mask=False, extensions=[theirs]) for one in payloads)
    stream += Frame(Theirs.PING, b"there?").serialize(mask=False)
    stream += Frame(Theirs.BINARY, b"not every message is compressed").serialize(mask=False)
    found = list(Reader(deflate=True).feed(stream))
    assert found == [
        *(Message(Opcode.BINARY, one) for one in payloads),
        Message(Opcode.PING, b"there?"),
        Message(Opcode.BINARY, b"not every message is compressed"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xa1\x00", id="another reserved bit"),
        pytest.param(b"\xc9\x00", id="a compressed ping"),
        pytest.param(b"\x01\x00\xc0\x00", id="compressed from the second fragment on"),
        pytest.param(b"\xc1\x02\xff\xff", id="what can't be decompressed"),
    ],
)
def test_what_no_server_may_compress(data: bytes) -> None:
    with pytest.raises(BadFrame):
        list(Reader(deflate=True).feed(data))
