"""The only code that awaits the socket before there is an identity, and the seam to the application after.

Rules of this file: nothing a peer sends reaches the application before there is an identity; after a refusal
nothing reaches it at all, and after a `cut` nothing passes either way; whatever the flow has already
done on the socket (accepting it, consuming `websocket.connect`) is hidden from the application, which runs
as if it stood there alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from contextvars import copy_context
from typing import Any, Protocol, TypeVar

from . import messages
from .deadline import Deadline
from .eager import Started
from .flow import Accept, Credential, Receive, Send, ServerFlow
from .handshake import Scope
from .policy import Policy
from .refusal import CloseCode, Reason, Refused

Result = TypeVar("Result")
Event = dict[str, Any]
Receiver = Callable[[], Awaitable[Event]]
Sender = Callable[[Event], Awaitable[None]]
App = Callable[[Scope, Receiver, Sender], Awaitable[None]]
Message = dict[str, Any]

LISTENS_AFTER = 0.5
"""Seconds of a verification after which it ends as soon as the peer leaves or says anything. Most are through by then,
and listening takes a task, which would wait for the peer as long as the connection lives."""


class Gone(Exception):
    """The peer left before there was an answer: nobody is there to be told."""


class Taker(Protocol):
    """Whom some of the frames on an authenticated connection are for, instead of for the application."""

    def reserved(self, event: Event) -> Message | None:
        """The message, if an event holds one of its own."""
        ...

    async def take(self, message: Message) -> None: ...


class Wire:
    """One connection's socket, from its handshake to its end."""

    __slots__ = (
        "_accepted",
        "_ahead",
        "_closed",
        "_cut",
        "_denial",
        "_echo",
        "_interrupted",
        "_names_protocol",
        "_policy",
        "_reader",
        "_receive",
        "_replay_connect",
        "_send",
        "_taker",
        "_timer",
    )

    def __init__(
        self,
        receive: Receiver,
        send: Sender,
        policy: Policy,
        *,
        echo: str | None,
        names_protocol: bool,
        denial: bool,
    ) -> None:
        """`echo`: an offered subprotocol, named whenever the gate accepts by itself, since a browser ends a
        handshake that names none it offered; `names_protocol`: named too where the application accepts and
        chooses none; `denial`: the server can answer an upgrade request with an HTTP response."""
        self._receive = receive
        self._send = send
        self._policy = policy
        self._echo = echo
        self._names_protocol = names_protocol
        self._denial = denial
        self._accepted = False
        self._closed = False
        self._replay_connect = True
        self._ahead: asyncio.Future[Event] | None = None
        self._timer: asyncio.Timeout | None = None
        self._cut = 0  # the close code, once it is
        self._reader: asyncio.Task[Any] | None = None
        self._interrupted = False
        self._taker: Taker | None = None

    # ── before there is an identity ──────────────────────────────────────────────────────────

    async def connect(self) -> None:
        """Waits for the server's `websocket.connect`."""
        await self._next("websocket.connect")

    async def run(self, flow: ServerFlow, deadline: Deadline) -> Credential:
        """Performs the steps of a strategy's server half. Raises `Refused(TIMEOUT)` when it is too late."""
        steps = Started(self._performed(flow))
        if not steps.waits:
            return steps.result
        timer = asyncio.timeout(None)
        deadline.ends(timer)
        try:
            async with timer:
                return await steps
        except TimeoutError:
            if timer.expired():
                raise Refused(Reason.TIMEOUT) from None
            raise
        finally:
            deadline.rests()

    async def _performed(self, flow: ServerFlow) -> Credential:
        answer = ""
        started = False
        try:
            while True:
                step = flow.send(answer) if started else next(flow)
                started, answer = True, ""
                match step:
                    case Accept():
                        await self._accept()
                        if self._policy.announce:
                            await self._text(messages.required(self._policy.deadline, self._policy.max_message_bytes))
                    case Receive():
                        answer = await self._receive_text()
                    case Send(text):
                        await self._text(text)
                    case _:
                        raise TypeError(f"a server half yields Accept, Receive or Send, not {type(step).__name__}")
        except StopIteration as stop:
            found: Credential = stop.value
            return found
        finally:
            flow.close()

    async def listening(self, verification: Coroutine[Any, Any, Result], deadline: Deadline) -> Result:
        """What comes of a verification, which ends when the peer leaves, or says anything, before it is through.

        Raises `Gone` or `Refused` then, and `Refused(UNAVAILABLE)` when it is too late. What it sets in its context
        stays there: it reaches no application, and lives no longer.
        """
        steps = Started(verification, copy_context())
        if not steps.waits:
            return steps.result
        loop, timer = asyncio.get_running_loop(), asyncio.timeout(None)
        listener = loop.call_later(min(deadline.step, LISTENS_AFTER), self._heed, timer, deadline)
        try:
            async with timer:
                with deadline.pulse:
                    return await steps
        except TimeoutError:
            self._undisturbed()
            if timer.expired():
                raise Refused(Reason.UNAVAILABLE) from None
            raise
        finally:
            listener.cancel()
            deadline.rests()
            self._timer = None

    def _heed(self, timer: asyncio.Timeout, deadline: Deadline) -> None:
        """It takes its time: from now on its deadline is watched, and the peer disturbs it."""
        deadline.ends(timer, asks=True)
        self._timer = timer
        self._listen().add_done_callback(self._disturb)

    def _disturb(self, _: asyncio.Future[Event]) -> None:
        # It may be over or ending: a callback that is on its way already can't be removed any more.
        if self._timer is not None and not self._timer.expired():
            self._timer.reschedule(asyncio.get_running_loop().time())

    def _listen(self) -> asyncio.Future[Event]:
        if self._ahead is None:
            self._ahead = asyncio.ensure_future(self._receive())
        return self._ahead

    def _undisturbed(self) -> None:
        """Raises `Gone` or `Refused` when the peer left, or said something, while it was to wait."""
        if self._ahead is None or not self._ahead.done():
            return
        event = self._ahead.result()
        if event["type"] == "websocket.disconnect":
            raise Gone
        raise Refused(_reason_for_early(event))

    async def settle(self) -> None:
        """After verification: what had arrived together with the credential counts as sent too early."""
        if self._accepted:
            self._listen()
            await asyncio.sleep(0)  # one turn of the loop: lets the listener see what the server had queued
        self._undisturbed()

    async def refuse(self, reason: Reason, retry_after: float | None = None) -> None:
        """Says no in the way the policy and the server allow, once. `retry_after`: whole seconds, where known."""
        self._closed = True
        with suppress(Gone):
            if self._accepted or self._policy.refuse == "close":
                await self._close(reason, retry_after)
            elif self._denial:
                await self._deny(reason, retry_after)
            else:
                await self._emit({"type": "websocket.close", "code": int(reason.close_code)})

    async def welcome(self, life: float | None) -> None:
        """Tells a peer that was let in before it was known that it is known now, for `life` seconds."""
        if self._accepted and self._policy.announce:
            await self._text(messages.ok(life, self._policy.expiry_notice))

    def abandon(self) -> None:
        """Leaves no task behind, and no cycle of objects for the garbage collector to find."""
        if self._ahead is not None:
            self._ahead.cancel()
        self._taker = None

    # ── after: what the application gets ─────────────────────────────────────────────────────

    async def receive(self) -> Event:
        """The application's `receive`, for one reader at a time: the connect it did not see, then all that arrives."""
        if self._replay_connect:
            self._replay_connect = False
            return {"type": "websocket.connect"}
        task = self._reader = asyncio.current_task()
        try:
            while not self._cut:
                event = await (self._receive() if self._ahead is None else self._arrived(self._ahead))
                taker = self._taker
                if self._cut or taker is None or (message := taker.reserved(event)) is None:
                    return self._disconnect() if self._cut else event
                await taker.take(message)
        except asyncio.CancelledError:
            if not self._interrupted:
                raise
        finally:
            self._reader = None
            # As `asyncio.timeout` does it: our own interruption is taken back, anybody else's is left.
            others = task.uncancel() if self._interrupted and task is not None else 0
            self._interrupted = False
        if others:
            raise asyncio.CancelledError
        return self._disconnect()

    def _disconnect(self) -> Event:
        return {"type": "websocket.disconnect", "code": self._cut}

    async def send(self, event: Event) -> None:
        """The application's `send`: its accept is hidden when the gate accepted, everything else passes."""
        if self._closed:
            return
        if event["type"] == "websocket.accept":
            if self._accepted:
                return
            self._accepted = True
            if self._names_protocol and event.get("subprotocol") is None:
                event = {**event, "subprotocol": self._echo}
        elif event["type"] == "websocket.close" and self._accepted:
            self._closed = True
        await self._send(event)

    # ── meanwhile: what the gate does on an authenticated connection ─────────────────────────

    def reserve(self, taker: Taker) -> None:
        """From now on what is reserved for `taker` goes there instead of to the application."""
        self._taker = taker

    def cut(self, reason: Reason) -> bool:
        """Parts the application from the peer, at once: it hears of a disconnect, and nothing passes any more.

        False where one of the two has ended it already. The peer is told by `refuse`.
        """
        if self._closed:
            return False
        self._closed, self._cut = True, int(reason.close_code)
        if self._reader is not None and self._reader is not asyncio.current_task():
            self._interrupted = True
            self._reader.cancel()
        return True

    async def notify(self, text: str) -> None:
        """A notice of the gate's to the peer, in the order of the application's own frames."""
        if self._accepted and not self._closed:
            with suppress(Gone):
                await self._text(text)

    # ── the socket ───────────────────────────────────────────────────────────────────────────

    async def _arrived(self, ahead: asyncio.Future[Event]) -> Event:
        """What was listened for before the application. Cancelled with it, as the server's own `receive` would be."""
        try:
            event = await ahead
        except asyncio.CancelledError:
            if ahead.cancelled():
                self._ahead = None
            raise
        self._ahead = None
        return event

    async def _next(self, expected: str) -> Event:
        event = await self._receive()
        if event["type"] != expected:
            raise Gone
        return event

    async def _receive_text(self) -> str:
        event = await self._next("websocket.receive")
        text = event.get("text")
        size = len(text.encode("utf-8", "surrogatepass")) if text is not None else len(event.get("bytes") or b"")
        if size > self._policy.max_message_bytes:
            raise Refused(Reason.MESSAGE_TOO_LARGE)
        if text is None:
            raise Refused(Reason.BAD_MESSAGE)
        return str(text)

    async def _accept(self) -> None:
        await self._emit({"type": "websocket.accept", "subprotocol": self._echo})
        self._accepted = True

    async def _text(self, text: str) -> None:
        await self._emit({"type": "websocket.send", "text": text})

    async def _close(self, reason: Reason, retry_after: float | None) -> None:
        if not self._accepted:
            await self._accept()
        await self._text(messages.refusal(reason, retry_after))
        code = reason.close_code
        try:
            await self._emit(_closing(code, reason))
        except Gone:
            raise
        except Exception:
            if code.private == code:
                raise
            await self._emit(_closing(code.private, reason))

    async def _deny(self, reason: Reason, retry_after: float | None) -> None:
        """HTTP instead of an upgrade [ASGI: websocket denial response; RFC 6750 §3 for the challenge]."""
        body = messages.refusal(reason, retry_after).encode()
        status = reason.close_code.http_status
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        if status == 401:
            told = b"" if reason is Reason.MISSING else b', error="invalid_token"'
            headers.append((b"www-authenticate", b'Bearer realm="websocket"' + told))
        if retry_after is not None:
            headers.append((b"retry-after", str(int(retry_after)).encode()))
        await self._emit({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await self._emit({"type": "websocket.http.response.body", "body": body})

    async def _emit(self, event: Event) -> None:
        """To the server. One whose peer has left raises an `OSError` [ASGI: send after disconnect]."""
        try:
            await self._send(event)
        except OSError:
            raise Gone from None


def _closing(code: CloseCode, reason: Reason) -> Event:
    """A plain int for the code: autobahn, below daphne, takes no enum."""
    return {"type": "websocket.close", "code": int(code), "reason": reason.error}


def _reason_for_early(event: Event) -> Reason:
    text = event.get("text")
    if text is not None and messages.is_type(text, "auth"):
        return Reason.BAD_MESSAGE
    return Reason.EARLY_MESSAGE
