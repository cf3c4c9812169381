"""One connection of a storm: from the socket to the shared consumer's ready frame, which must name the right user.

Drives a contender's own client half. Times are of the event loop's thread: nothing lies between the
arrival of the last byte and the reading of the clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

from strategies import messages
from strategies.flow import ClientFlow, Open, Receive, Send
from strategies.refusal import Refused

from .frames import BadFrame, Message, Opcode, Reader, close_code, closing, encode
from .upgrade import END, NoUpgrade, Offer, Target

_LARGEST_HEAD = 16_384
_NORMAL = 1000


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is asked of a connection, and what its proof must be."""

    target: Target
    client: Callable[[str], ClientFlow] = field(repr=False)
    token: str = field(repr=False)
    proof: tuple[str, str | None, str | None]
    """User, strategy and backend that the ready frame must name."""


class Connection(asyncio.Protocol):
    """Calls `done` once, with None for a proven identity or with what came instead."""

    def __init__(self, attempt: Attempt, done: Callable[[Connection, str | None], None]) -> None:
        self._attempt = attempt
        self._done = done
        self._flow = attempt.client(attempt.token)
        self._reader = Reader()
        self._head = b""
        self._offer: Offer | None = None
        self._open = False
        self._waits = False
        """Whether the client half waits for a frame; when it is through, the next one is the proof."""
        self._said = False
        self.finished_at = 0.0
        self.closed = asyncio.get_running_loop().create_future()

    # ── what the transport tells ─────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are of no such class
        opening = next(self._flow)
        assert isinstance(opening, Open)
        self._offer = Offer(opening.subprotocols)
        self._transport.write(self._attempt.target.request(opening))

    def data_received(self, data: bytes) -> None:
        try:
            rest = data if self._open else self._upgraded(data)
            for message in self._reader.feed(rest):
                self._take(message)
        except (BadFrame, NoUpgrade, Refused, UnicodeDecodeError) as error:
            self._finish(str(error) or type(error).__name__)

    def connection_lost(self, error: Exception | None) -> None:
        self._finish("hung up" if error is None else f"broke: {type(error).__name__}")
        if not self.closed.done():
            self.closed.set_result(None)

    # ── what its owner asks ──────────────────────────────────────────────────────────────────

    def leave(self) -> None:
        """Says good-bye; the server hangs up."""
        if not self._transport.is_closing():
            self._transport.write(closing(_NORMAL))

    def abort(self, why: str) -> None:
        """Hangs up at once."""
        self._finish(why)
        self._transport.abort()

    # ── in between ───────────────────────────────────────────────────────────────────────────

    def _upgraded(self, data: bytes) -> bytes:
        """What came after the answer to the upgrade request; goes on with the client half when it is there."""
        assert self._offer is not None
        self._head += data
        head, end, rest = self._head.partition(END)
        if not end:
            if len(head) > _LARGEST_HEAD:
                raise NoUpgrade("an endless answer")
            return b""
        self._offer.check(head)
        self._open = True
        self._go_on(None)
        return rest

    def _go_on(self, answer: str | None) -> None:
        """Performs the client half's steps up to its next `Receive`, or to its end."""
        self._waits = False
        try:
            step = next(self._flow) if answer is None else self._flow.send(answer)
            while not isinstance(step, Receive):
                assert isinstance(step, Send)
                self._transport.write(encode(Opcode.TEXT, step.text.encode()))
                step = next(self._flow)
            self._waits = True
        except StopIteration:
            return

    def _take(self, message: Message) -> None:
        match message.opcode:
            case Opcode.TEXT:
                self._text(message.data.decode())
            case Opcode.PING:
                self._transport.write(encode(Opcode.PONG, message.data))
            case Opcode.CLOSE:
                self._finish(f"closed with {close_code(message)}")
                self._transport.close()

    def _text(self, text: str) -> None:
        if self._said or ('"auth.' in text and messages.is_notice(text)):
            return
        if self._waits:
            self._go_on(text)
        else:
            self._finish(self._judged(text))

    def _judged(self, text: str) -> str | None:
        """None for the proof; the text of anything else is not told, since it may hold a credential."""
        frame = messages.read_object(text)
        if frame.get("type") != "ready":
            return "no ready frame"
        said = (frame.get("user"), frame.get("strategy"), frame.get("backend"))
        return None if said == self._attempt.proof else "got in as somebody else"

    def _finish(self, failure: str | None) -> None:
        if not self._said:
            self._said = True
            self.finished_at = perf_counter()
            self._done(self, failure)
