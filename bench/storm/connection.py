"""One connection of a storm: from the socket to its goal, usually the shared consumer's ready frame, which must name
the right user.

Drives a contender's own client half. Times are of the event loop's thread: nothing lies between the
arrival of the last byte and the reading of the clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from time import perf_counter
from typing import cast

from strategies import messages
from strategies.flow import ClientFlow, Open, Receive, Send
from strategies.refusal import CloseCode, Refused

from .frames import BadFrame, Message, Opcode, Reader, close_code, closing, encode
from .upgrade import END, NoUpgrade, Offer, Target

_LARGEST_HEAD = 16_384
_NORMAL = 1000


class Goal(Enum):
    """What a connection is to come to."""

    IN = "in"
    """The proof of an identity."""
    OPEN = "open"
    """The upgrade, and no step further."""
    REFUSED = "refused"
    """A refusal of the credential."""


_REFUSALS = frozenset(
    text
    for code in (CloseCode.UNAUTHENTICATED, CloseCode.FORBIDDEN, CloseCode.EXPIRED)
    for text in (f"HTTP {code.http_status}", f"closed with {code}")
)


def is_refusal(failure: str) -> bool:
    """Whether the server said no in any way, instead of hanging up or saying something else."""
    return failure.startswith(("HTTP ", "closed with "))


def is_overload(failure: str) -> bool:
    """Whether it is what a server with too much to do comes to; a wrong answer is not."""
    return is_refusal(failure) or failure.startswith(("hung up", "broke", "no answer", "no connection"))


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is asked of a connection, and what its proof must be."""

    target: Target
    client: Callable[[str], ClientFlow] = field(repr=False)
    token: str = field(repr=False)
    proof: tuple[str, str | None, str | None]
    """User, strategy and backend that the ready frame must name."""
    goal: Goal = Goal.IN
    deflate: bool = False
    source: str | None = None
    """The address it comes from, where one has too few ports."""


class Connection(asyncio.Protocol):
    """Calls `done` once, with None for a goal that was reached or with what came instead."""

    def __init__(self, attempt: Attempt, done: Callable[[Connection, str | None], None]) -> None:
        self._attempt = attempt
        self._done = done
        self._flow = attempt.client(attempt.token)
        self._reader = Reader(deflate=attempt.deflate)
        self._head = b""
        self._offer: Offer | None = None
        self._open = False
        self._waits = False
        """Whether the client half waits for a frame; when it is through, the next one is the proof."""
        self._said = False
        self._heard = True
        """Whether anything has come since the last flight of bytes went out."""
        self.finished_at = 0.0
        self.sent = self.received = self.trips = 0
        """Bytes, and how often the server had to be waited for, up to the goal."""
        self.closed = asyncio.get_running_loop().create_future()

    # ── what the transport tells ─────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are of no such class
        opening = next(self._flow)
        assert isinstance(opening, Open)
        deflate = self._attempt.deflate
        self._offer = Offer(opening.subprotocols, deflate)
        self._say(self._attempt.target.request(opening, deflate=deflate))

    def data_received(self, data: bytes) -> None:
        if not self._said:
            self.received += len(data)
            self._heard = True
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
        if self._attempt.goal is Goal.OPEN:
            self._finish(None)
        else:
            self._go_on(None)
        return rest

    def _say(self, data: bytes) -> None:
        """A part of the client half's; another one without an answer in between waits for nobody."""
        self.sent += len(data)
        self.trips += self._heard
        self._heard = False
        self._transport.write(data)

    def _go_on(self, answer: str | None) -> None:
        """Performs the client half's steps up to its next `Receive`, or to its end."""
        self._waits = False
        try:
            step = next(self._flow) if answer is None else self._flow.send(answer)
            while not isinstance(step, Receive):
                assert isinstance(step, Send)
                self._say(encode(Opcode.TEXT, step.text.encode()))
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
            self._done(self, self._against_goal(failure))

    def _against_goal(self, failure: str | None) -> str | None:
        if self._attempt.goal is not Goal.REFUSED:
            return failure
        return None if failure in _REFUSALS else failure or "let in"
