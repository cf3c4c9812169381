"""What went over the wire in an attempt, for readers. Off unless `judge` is given a `Transcript`.

Rules: no credential that was handed out for the attempt is in the text, in any of its `encodings`; where one
can't be kept out there is no text at all. What differs from one attempt to the next (users, routes, dates)
has a mark in its place or is left out, so that equal attempts have equal texts. The headers that every
WebSocket client sends are left out too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from .attempt import encodings
from .contender import Contender, Sample
from .medium import Answer, Ended, Line, Medium, Request
from .probe import ATTEMPT_HEADER, Observation

WITHHELD = "withheld: it would show a credential"
SHORTEST = 8
"""Characters below which a credential can't be told from other text."""
SHOWN = 3
"""Connections of an attempt that are shown: where there are more, they are ten of a kind."""
LONGEST = 240
"""Characters of a frame or header that are shown."""

_UNTOLD = {b"date", b"server", b"connection", b"upgrade", b"content-length", b"sec-websocket-accept", ATTEMPT_HEADER}
_TOKEN_LIKE = re.compile(r"[\w-]{32,}")
_TOKEN_FIELD = re.compile(r'("token"\s*:\s*)"([^"‹]{8,})"')
_RANDOM = re.compile(r'"[0-9a-f]{8}"')
_SECONDS = re.compile(r"(\d+)\.\d{2,}")


class Transcript:
    """The connections of one attempt, in the order in which they were dialled."""

    def __init__(self) -> None:
        self.secrets: list[str] = []
        """The credentials that were handed out. They are no part of the text."""
        self._names: list[str] = []
        self._routes: list[str] = []
        self._connections: list[list[str]] = []

    def of(self, contender: Contender) -> Contender:
        """The same contender, whose samples are known from now on; the others' too."""
        others = tuple(replace(other, sample=self._noted(other.sample)) for other in contender.others)
        return replace(
            contender,
            sample=self._noted(contender.sample),
            sample_at=contender.sample_at and self._noted(contender.sample_at),
            resample=contender.resample and self._noted(contender.resample),
            others=others,
        )

    def over(self, medium: Medium) -> Medium:
        """The same medium, written down."""
        return _Written(medium, self)

    def begin(self, request: Request, answer: Answer) -> list[str]:
        """A connection's lines, to which its frames are added."""
        self._routes.append(request.path)
        lines = [*_request(request), "", *_answer(answer)]
        self._connections.append(lines)
        return lines

    @property
    def text(self) -> str:
        """Every line, masked; empty when nothing was dialled."""
        if any(len(secret) < SHORTEST for secret in self.secrets):
            return WITHHELD
        shown = "\n\n\n".join("\n".join(_unrepeated(map(self._masked, lines))) for lines in self._connections[:SHOWN])
        if more := len(self._connections[SHOWN:]):
            shown += f"\n\n\n… and {more} more connection{'s' if more > 1 else ''}"
        return WITHHELD if self._shows_a_secret(shown) else shown

    def _noted(self, sample: Callable[..., Awaitable[Sample]]) -> Callable[..., Awaitable[Sample]]:
        async def noted(*asked: Any) -> Sample:
            one = await sample(*asked)
            self.secrets.append(one.token)
            self._names.append(one.username)
            return one

        return noted

    def _masked(self, line: str) -> str:
        for what, mark in self._marks():
            line = line.replace(what, mark)
        line = _TOKEN_FIELD.sub(r'\1"‹a credential›"', line)
        line = _TOKEN_LIKE.sub(lambda found: f"‹{len(found[0]):,} characters›", line)
        line = _SECONDS.sub(r"\1.…", _RANDOM.sub('"‹random›"', line))
        printable = "".join(one if one.isprintable() else repr(one)[1:-1] for one in line)
        more = len(printable) - LONGEST
        return printable if more <= 0 else f"{printable[:LONGEST]} … and {more:,} characters more"

    def _marks(self) -> Iterator[tuple[str, str]]:
        """Longest first: a spelling may be part of another."""
        spelled = [
            (spelling, f"‹credential {number}›" if spelling == secret else f"‹credential {number}, {how}›")
            for number, secret in enumerate(dict.fromkeys(self.secrets), 1)
            for how, spelling in encodings(secret).items()
        ]
        yield from sorted(spelled, key=lambda one: len(one[0]), reverse=True)
        for number, name in enumerate(dict.fromkeys(self._names), 1):
            yield json.dumps(name), f'"‹user {number}›"'
        for route in dict.fromkeys(self._routes):
            yield f"GET {route}", "GET ‹route›"

    def _shows_a_secret(self, text: str) -> bool:
        """In any case of its letters: percent-encoding and hexadecimal have two."""
        folded = text.casefold()
        return any(spelling.casefold() in folded for secret in self.secrets for spelling in encodings(secret).values())


# ── a medium that is listened to ─────────────────────────────────────────────────────────────────


class _Written:
    def __init__(self, medium: Medium, transcript: Transcript) -> None:
        self.name = medium.name
        self.denies_with_status = medium.denies_with_status
        self._medium = medium
        self._transcript = transcript

    async def dial(self, request: Request) -> Line:
        line = await self._medium.dial(request)
        return _WrittenLine(line, self._transcript.begin(request, line.answer))

    async def observe(self, attempt: str) -> Observation:
        return await self._medium.observe(attempt)


class _WrittenLine:
    def __init__(self, line: Line, lines: list[str]) -> None:
        self.answer = line.answer
        self._line = line
        self._lines = lines
        self._over = not line.answer.accepted

    async def send(self, *frames: str | bytes) -> None:
        self._lines += [f"C→S  {_frame(frame)}" for frame in frames]
        await self._line.send(*frames)

    async def receive(self) -> str | bytes | Ended:
        frame = await self._line.receive()
        if not self._over:
            self._lines.append(f"S→C  {_frame(frame)}")
        self._over |= isinstance(frame, Ended)
        return frame

    async def close(self) -> None:
        await self._line.close()


def _unrepeated(lines: Iterable[str]) -> Iterator[str]:
    """Without what is said again and again: a line like one of the two before it."""
    before: list[str] = []
    for line in lines:
        if not line or line not in before:
            yield line
            before = [*before[-1:], line]


def _frame(frame: str | bytes | Ended) -> str:
    if isinstance(frame, Ended):
        return f"close {frame.code} {frame.reason}".rstrip()
    return frame if isinstance(frame, str) else f"(binary) {_decoded(frame)}"


def _request(request: Request) -> Iterator[str]:
    query = f"?{request.query_string}" if request.query_string else ""
    yield f"GET {request.path}{query} HTTP/1.1"
    if request.origin is not None:
        yield f"Origin: {request.origin}"
    if request.opening.subprotocols:
        yield f"Sec-WebSocket-Protocol: {', '.join(request.opening.subprotocols)}"
    yield from _headers(request.headers)


def _answer(answer: Answer) -> Iterator[str]:
    if not answer.status:
        yield "(the connection ended without an answer)"
        return
    yield f"HTTP/1.1 {answer.status} {_phrase(answer.status)}".rstrip()
    yield from _headers(answer.headers)
    if not any(name.lower() == b"sec-websocket-protocol" for name, _ in answer.headers) and answer.subprotocol:
        yield f"Sec-WebSocket-Protocol: {answer.subprotocol}"
    if answer.body:
        yield from ("", *_decoded(answer.body).splitlines())


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> Iterator[str]:
    for name, value in pairs:
        if name.lower() not in _UNTOLD:
            yield f"{_named(name)}: {_decoded(value)}"


def _phrase(status: int) -> str:
    return next((one.phrase for one in HTTPStatus if one == status), "")


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _named(name: bytes) -> str:
    """As RFCs spell it."""
    return _decoded(name).title().replace("Websocket", "WebSocket").replace("Www-", "WWW-")
