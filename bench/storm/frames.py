"""WebSocket frames, written and read by hand [RFC 6455 §5]: as much as a client of this storm needs.

Rule: the writer masks, as a client must, and never compresses; the reader takes what a server may send
and is strict about it. A reserved bit is an error, except for permessage-deflate's where that was agreed
on [RFC 7692 §6].
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum


class Opcode(IntEnum):
    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


class BadFrame(Exception):
    """The server sent what no server may."""


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message, its fragments joined, or a control frame."""

    opcode: Opcode
    data: bytes = field(repr=False)


_FIN, _RESERVED, _DEFLATED, _OPCODE, _MASKED, _LENGTH = 0x80, 0x70, 0x40, 0x0F, 0x80, 0x7F
_TAIL = b"\x00\x00\xff\xff"  # what the writer of a compressed message leaves out [RFC 7692 §7.2.1]
_TWO_BYTES, _EIGHT_BYTES = 126, 127
_LONGEST_CONTROL = 125


def encode(opcode: Opcode, data: bytes, mask: bytes | None = None) -> bytes:
    """One final frame. `mask`: four bytes; drawn anew when there is none."""
    mask = os.urandom(4) if mask is None else mask
    size = len(data)
    if size < _TWO_BYTES:
        head = bytes((_FIN | opcode, _MASKED | size))
    elif size < 1 << 16:
        head = bytes((_FIN | opcode, _MASKED | _TWO_BYTES)) + size.to_bytes(2)
    else:
        head = bytes((_FIN | opcode, _MASKED | _EIGHT_BYTES)) + size.to_bytes(8)
    return head + mask + _masked(data, mask)


def _masked(data: bytes, mask: bytes) -> bytes:
    """All bytes at once, as one large number: a loop over them would cost more than all the rest."""
    key = (mask * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data) ^ int.from_bytes(key)).to_bytes(len(data))


class Reader:
    """Gathers bytes as they come and gives whole messages."""

    def __init__(self, *, deflate: bool = False) -> None:
        self._buffer = bytearray()
        self._opcode: Opcode | None = None
        self._fragments: list[bytes] = []
        self._inflate = zlib.decompressobj(wbits=-zlib.MAX_WBITS) if deflate else None
        self._is_deflated = False

    def feed(self, data: bytes) -> Iterator[Message]:
        """What is complete now. Raises `BadFrame`."""
        self._buffer += data
        while (frame := self._take()) is not None:
            message = self._join(*frame)
            if message is not None:
                yield message

    def _take(self) -> tuple[bool, Opcode, bytes] | None:
        """The next frame, taken off the buffer; None until all of it is there."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        first, second = buffer[0], buffer[1]
        if first & self._forbidden or second & _MASKED:
            raise BadFrame("a reserved bit or a mask")
        size, start = second & _LENGTH, 2
        if size >= _TWO_BYTES:
            start += 2 if size == _TWO_BYTES else 8
            if len(buffer) < start:
                return None
            size = int.from_bytes(buffer[2:start])
        if len(buffer) < start + size:
            return None
        data = bytes(buffer[start : start + size])
        del buffer[: start + size]
        self._is_deflated |= bool(first & _DEFLATED)
        return bool(first & _FIN), _opcode(first & _OPCODE), data

    def _join(self, final: bool, opcode: Opcode, data: bytes) -> Message | None:
        if opcode >= Opcode.CLOSE:
            if not final or len(data) > _LONGEST_CONTROL or (self._is_deflated and self._opcode is None):
                raise BadFrame("a control frame in fragments, compressed or too long")
            return Message(opcode, data)
        if (opcode is Opcode.CONTINUATION) != (self._opcode is not None):
            raise BadFrame("a fragment out of order")
        self._opcode = self._opcode if self._opcode is not None else opcode
        self._fragments.append(data)
        if not final:
            return None
        message = Message(self._opcode, self._inflated(b"".join(self._fragments)))
        self._opcode, self._fragments, self._is_deflated = None, [], False
        return message

    @property
    def _forbidden(self) -> int:
        """Only the first frame of a message says that it is compressed [RFC 7692 §6.1]."""
        return _RESERVED & ~_DEFLATED if self._inflate and self._opcode is None else _RESERVED

    def _inflated(self, data: bytes) -> bytes:
        if self._inflate is None or not self._is_deflated:
            return data
        try:
            return self._inflate.decompress(data + _TAIL)
        except zlib.error:
            raise BadFrame("a message that can't be decompressed") from None


def _opcode(value: int) -> Opcode:
    try:
        return Opcode(value)
    except ValueError:
        pass
    raise BadFrame("an unknown opcode")


def closing(code: int) -> bytes:
    """A client's close frame."""
    return encode(Opcode.CLOSE, code.to_bytes(2))


def close_code(message: Message) -> int:
    """What a close frame says; 1005 when it says nothing [RFC 6455 §7.1.5]."""
    return int.from_bytes(message.data[:2]) if len(message.data) >= 2 else 1005
