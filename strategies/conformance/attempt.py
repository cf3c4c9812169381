"""What a case is written in: dialling, presenting a credential, and what must then be seen.

Rules: an expectation that isn't met raises `Wrong` with what was seen instead, never with a credential.
Every expected refusal also checks that the application never ran and that the answer holds no secret;
every expected identity also checks the same of the application's scope.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, quote_plus

from .. import messages
from ..backend import NotApplicable, SampleKind
from ..flow import ClientFlow, Open, Receive, Send
from ..refusal import CloseCode, Reason, Refused
from .change import Change
from .contender import Contender, Sample
from .medium import Ended, Line, Medium, Request
from .probe import Observation

DEFAULT_ORIGIN = "the contender's own"
CUT = 1006
"""What a client tells of a connection that broke without a close frame."""
PAUSE = 0.1
"""Seconds between two frames of a client that goes on talking."""


class Wrong(Exception):
    """A contender did not do what the case expects."""


class Cut(Wrong):
    """The connection broke without a close frame: maybe the contender's doing, maybe its server's."""


class Attempt:
    """One case's dealings with one contender."""

    def __init__(self, contender: Contender, medium: Medium) -> None:
        self.contender = contender
        self.medium = medium
        self._calls: list[Call] = []

    async def sample(self, kind: SampleKind = SampleKind.VALID) -> Sample:
        return await self.contender.sample(kind)

    async def another(self, earlier: Sample, kind: SampleKind = SampleKind.VALID) -> Sample:
        """Another credential of the same user."""
        if self.contender.resample is None:
            raise NotApplicable("nothing is declared that makes a user another credential")
        return await self.contender.resample(kind, earlier)

    async def happen(self, change: Change, sample: Sample) -> None:
        """Something happens to a credential, or to its user, and is done when this returns."""
        if self.contender.change is None:
            raise NotApplicable("nothing is declared that happens to a credential or its user")
        await self.contender.change(change, sample)

    async def present(self, token: str, *, origin: str | None = DEFAULT_ORIGIN) -> Call:
        """Dials and goes through the contender's client half with `token`."""
        flow = self.contender.client(token)
        call = await self.dial(opening_of(flow), secret=token, origin=origin)
        await call.converse(flow)
        return call

    async def dial(self, opening: Open, *, secret: str = "", origin: str | None = DEFAULT_ORIGIN) -> Call:
        """Opens a connection and says nothing yet. `secret`: what must show up nowhere."""
        if origin == DEFAULT_ORIGIN:
            origin = self.contender.origin
        request = Request(self.contender.path, opening, origin, secrets.token_hex(8))
        call = Call(self.contender, self.medium, request, await self.medium.dial(request), secret)
        self._calls.append(call)
        return call

    async def close(self) -> None:
        for call in self._calls:
            await call.line.close()


class Call:
    """One connection of an attempt, from the client's end."""

    def __init__(self, contender: Contender, medium: Medium, request: Request, line: Line, secret: str) -> None:
        self.contender = contender
        self.medium = medium
        self.request = request
        self.line = line
        self.secret = secret
        self.received: list[str] = []

    async def send(self, *frames: str | bytes) -> None:
        await self.line.send(*frames)

    async def say(self, **message: Any) -> None:
        """One JSON text frame."""
        await self.line.send(json.dumps(message))

    async def refresh(self, token: str | None) -> None:
        """A fresh credential on the open connection; None: the one that the browser keeps is to be read again."""
        await self.line.send(messages.refresh(token))

    @asynccontextmanager
    async def talking(self) -> AsyncIterator[None]:
        """Meanwhile the client asks the application again and again, so that it is always about to answer."""

        async def talk() -> None:
            while True:
                await self.say(command="echo", data="still there?")
                await asyncio.sleep(PAUSE)

        task = asyncio.ensure_future(talk())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def converse(self, flow: ClientFlow) -> None:
        """Performs what is left of a client half. The gate's notices are not for it."""
        answer = ""
        while True:
            try:
                step = flow.send(answer)
            except StopIteration:
                return
            answer = ""
            match step:
                case Send(text):
                    await self.line.send(text)
                case Receive():
                    frame = await self._frame()
                    if isinstance(frame, Ended):
                        return
                    answer = frame
                case _:
                    raise TypeError(
                        f"a client half opens once, first, then sends and receives; not {type(step).__name__}"
                    )

    async def observe(self) -> Observation:
        return await self.medium.observe(self.request.attempt)

    # ── what must be seen ────────────────────────────────────────────────────────────────────

    async def expect_identity(self, username: str) -> dict[str, Any]:
        """The application runs once, as `username`; returns its `ready`.

        For documented contenders that includes `expect_nothing_left`; for strangers that is a case of its own.
        """
        ready = await self._ready()
        if ready is None:
            raise Wrong(f"refused ({self._seen()}), expected to get in")
        await self._got_in(ready, username)
        return ready

    async def expect_nothing_left(self) -> None:
        """Neither the application's scope nor the answer holds anything of the secret."""
        self._left_nothing(await self.observe())

    async def expect_refusal(self, *reasons: Reason, or_400: bool = False) -> None:
        """No identity, no application, no secret in the answer; documented contenders say why as documented.

        `or_400`: the request itself is malformed, so a server may answer before any application is asked.
        """
        ready = await self._ready()
        if self._is_somebody(ready):
            raise Wrong(f"got in as {ready and ready.get('user')!r}, expected to be refused")
        await self._was_refused(reasons, or_400)

    async def expect_identity_or_refusal(self, username: str, *reasons: Reason) -> bool:
        """One of the two, each as above; whether it was the first."""
        ready = await self._ready()
        if ready is None or not self._is_somebody(ready):
            await self._was_refused(reasons)
            return False
        await self._got_in(ready, username)
        return True

    async def expect_refusal_or_end(self, username: str, *reasons: Reason, within: float | None = None) -> None:
        """Where a race is open: refused at once, or let in as `username` and then ended; never anything else."""
        ready = await self._ready()
        if ready is not None and self._is_somebody(ready):
            if ready.get("user") != username:
                raise Wrong(f"got in as {ready.get('user')!r}")
            await self.expect_end(*reasons, within=within)
        elif self.ended is not None and self.ended.code == CloseCode.REVOKED:
            self._ended_documented(self.ended, reasons)  # let in and ended before the application said a word
        elif self.contender.documented:
            self._said_documented(reasons)

    async def expect_end(self, *reasons: Reason, within: float | None = None) -> None:
        """An authenticated connection is ended by the gate, `within` seconds where that is given.

        With a documented code and last words, after which no frame of the application comes; by strangers in any way.
        """
        try:
            async with asyncio.timeout(within):
                ended = await self._end()
        except TimeoutError:
            raise Wrong(f"still open after {within:.1f} s") from None
        if self.contender.documented:
            self._ended_documented(ended, reasons)

    async def expect_notice(self, kind: str) -> dict[str, Any]:
        """The gate's next message of a type; whatever comes before it is passed over."""
        while not isinstance(frame := await self._next(), Ended):
            if messages.is_type(frame, kind):
                return _json(frame)
        raise Wrong(f"closed with {frame.code}, expected {kind}")

    async def expect_open(self, until: float) -> None:
        """The application goes on answering until then, Unix time in seconds."""
        while time.time() < until:
            await self.expect_echo()
            await asyncio.sleep(PAUSE)

    async def expect_echo(self) -> None:
        """The application answers: the connection is alive."""
        data = secrets.token_hex(4)
        await self.say(command="echo", data=data)
        frame = await self._frame()
        if isinstance(frame, Ended) or data not in frame:
            raise Wrong(f"no echo from the application ({self._seen(frame)})")

    async def _got_in(self, ready: dict[str, Any], username: str) -> None:
        if ready.get("user") != username:
            raise Wrong(f"got in as {ready.get('user')!r}, expected {username!r}")
        observation = await self.observe()
        if observation.runs != 1:
            raise Wrong(f"the application ran {observation.runs} times, expected once")
        if self.contender.documented:
            self._left_nothing(observation)

    async def _was_refused(self, reasons: Iterable[Reason], or_400: bool = False) -> None:
        observation = await self.observe()
        self._hides_secret("the answer", self._answer_texts())
        if not self.contender.documented:
            return
        if observation.runs:
            raise Wrong("refused, but the application ran")
        if not (or_400 and self.line.answer.status == 400):
            self._said_documented(reasons)

    def _is_somebody(self, ready: dict[str, Any] | None) -> bool:
        """Whether a ready frame means that somebody was let in; strangers may let nobody in, by that name."""
        return ready is not None and bool(self.contender.documented or ready.get("user"))

    # ── seeing ───────────────────────────────────────────────────────────────────────────────

    ended: Ended | None = None

    async def _frame(self) -> str | Ended:
        """The next frame that is no notice of the gate's, or the end, which stays the end."""
        while not isinstance(frame := await self._next(), Ended):
            if not messages.is_notice(frame):
                return frame
        return frame

    async def _next(self) -> str | Ended:
        """The next frame, or the end, which stays the end."""
        if self.ended is None:
            frame = await self.line.receive()
            if not isinstance(frame, Ended):
                self.received.append(frame if isinstance(frame, str) else frame.decode("latin-1"))
                return self.received[-1]
            self.ended = frame
        return self.ended

    async def _end(self) -> Ended:
        while not isinstance(frame := await self._next(), Ended):
            pass
        return frame

    async def _ready(self) -> dict[str, Any] | None:
        """The application's first frame, after whatever a server half has said; None when there is none."""
        if not self.line.answer.accepted:
            return None
        while not isinstance(frame := await self._frame(), Ended):
            message = _json(frame)
            if message.get("type") == "ready":
                return message
        return None

    def _said_documented(self, reasons: Iterable[Reason]) -> None:
        answer, policy = self.line.answer, self.contender.policy
        if answer.accepted:
            if policy.refuse == "handshake" and not self.contender.traits.accepts_first:
                raise Wrong("accepted, then closed: expected a refusal before the upgrade")
            self._ended_documented(self.ended or Ended(CUT), reasons)
            return
        if policy.refuse == "close":
            raise Wrong(f"refused before the upgrade ({answer.status}), expected accept and close")
        statuses = {reason.close_code.http_status for reason in reasons} if self.medium.denies_with_status else {403}
        if answer.status not in statuses:
            raise Wrong(f"HTTP {answer.status}, expected {_either(statuses)}")
        if answer.status == 401 and not any(name.lower() == b"www-authenticate" for name, _ in answer.headers):
            raise Wrong("HTTP 401 without WWW-Authenticate")
        if self.medium.denies_with_status:
            self._said_error(reasons, answer.body.decode("latin-1"))

    def _ended_documented(self, ended: Ended, reasons: Iterable[Reason]) -> None:
        codes = _codes(reasons)
        if ended.code not in codes:
            kind = Cut if ended.code == CUT else Wrong
            raise kind(f"ended with {ended.code}, expected {_either(codes)}")
        self._said_error(reasons, self._last_words())

    def _last_words(self) -> str:
        return self.received[-1] if self.received else ""

    def _said_error(self, reasons: Iterable[Reason], text: str) -> None:
        said, documented = _json(text), [_json(messages.refusal(reason)) for reason in reasons]
        if not any(words.items() <= said.items() for words in documented):
            raise Wrong(f"refused without an auth.error of {_either(sorted({reason.error for reason in reasons}))}")

    def _left_nothing(self, observation: Observation) -> None:
        if not observation.leaves:
            raise Wrong("the probe saw no scope")
        self._hides_secret("the application's scope", observation.leaves)
        self._hides_secret("the answer", self._answer_texts())

    def _hides_secret(self, where: str, texts: Iterable[str]) -> None:
        if not self.secret:
            return
        spellings = encodings(self.secret)
        for text in texts:
            for how, spelling in spellings.items():
                if spelling in text:
                    raise Wrong(f"the credential is left in {where} ({how})")

    def _answer_texts(self) -> list[str]:
        answer = self.line.answer
        headers = [value.decode("latin-1") for _, value in answer.headers]
        texts = [*headers, answer.body.decode("latin-1"), answer.subprotocol or "", *self.received]
        return [*texts, self.ended.reason] if self.ended else texts

    def _seen(self, ended: object = None) -> str:
        if not self.line.answer.accepted:
            return f"HTTP {self.line.answer.status}"
        last = ended if isinstance(ended, Ended) else self.ended
        return f"closed with {last.code}" if last else "open"


def opening_of(flow: ClientFlow) -> Open:
    """A client half's first step."""
    step = next(flow)
    if not isinstance(step, Open):
        raise TypeError(f"a client half opens first; it began with {type(step).__name__}")
    return step


def encodings(secret: str) -> dict[str, str]:
    """The spellings under which a secret could be left over, and the signature of one that is signed."""
    raw = secret.encode("utf-8", "surrogatepass")
    spellings = {
        "as it is": secret,
        "percent-encoded": quote(raw, safe=""),
        "form-encoded": quote_plus(raw),
        "base64": base64.b64encode(raw).decode().rstrip("="),
        "base64url": base64.urlsafe_b64encode(raw).decode().rstrip("="),
        "hexadecimal": raw.hex(),
        "JSON": json.dumps(secret)[1:-1],
        "reversed": secret[::-1],
    }
    signature = secret.rpartition(".")[2] if secret.count(".") == 2 else ""
    if len(signature) >= 16:
        spellings["its signature"] = signature
    return {how: spelling for how, spelling in spellings.items() if len(spelling) >= 8}


def _codes(reasons: Iterable[Reason]) -> set[int]:
    """The documented close codes, the stand-ins of servers that can't send them included."""
    return {int(code) for reason in reasons for code in (reason.close_code, reason.close_code.private)}


def _json(text: str) -> dict[str, Any]:
    try:
        return messages.read_object(text)
    except Refused:
        return {}


def _either(values: Iterable[object]) -> str:
    return " or ".join(str(value) for value in values)
