"""Contenders without a database: gates around a backend that knows the samples it has handed out."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from strategies import messages
from strategies.backend import Backend, Identity, NotApplicable, SampleKind
from strategies.conformance.contender import Contender, Sample
from strategies.conformance.inprocess import InProcess
from strategies.conformance.probe import Probe, witness
from strategies.gate import Gate
from strategies.handshake import Scope
from strategies.policy import Policy
from strategies.refusal import Reason, Refused
from strategies.wire import App, Event, Receiver, Sender
from tests.strategies.toys import ORIGIN, STRATEGIES, User

REASONS = {
    SampleKind.EXPIRED: Reason.EXPIRED,
    SampleKind.INACTIVE_USER: Reason.INACTIVE,
    SampleKind.REVOKED: Reason.REVOKED,
}
"""Why a sample of a kind is refused; the others are invalid."""


class Known(Backend):
    """Lets in what it has handed out as valid."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.good: dict[str, str] = {}
        self.bad: dict[str, Reason] = {}

    async def verify(self, token: str) -> Identity:
        if token not in self.good:
            raise Refused(self.bad.get(token, Reason.INVALID))
        return Identity(User(self.good[token]))

    async def issue(self, user: Any) -> str:
        raise NotImplementedError("nobody logs in here")

    async def recheck(self, identities: Sequence[Identity]) -> Sequence[Identity]:
        return identities

    async def handed_out(self, kind: SampleKind) -> Sample:
        if kind is SampleKind.PASSWORD_CHANGED:
            raise NotApplicable("nobody has a password here")
        if kind is SampleKind.EXPIRING:
            raise NotApplicable("nothing ends here")
        sample = Sample(f"sample-{secrets.token_hex(16)}", f"user-{next(self._numbers)}")
        if kind is SampleKind.VALID:
            self.good[sample.token] = sample.username
        else:
            self.bad[sample.token] = REASONS.get(kind, Reason.INVALID)
        return sample


KNOWN = Known()
ALL = tuple(STRATEGIES)


def policy(**rules: Any) -> Policy:
    return Policy(**{"origins": [ORIGIN], "deadline": 0.1, **rules})


def contender(name: str, **changed: Any) -> Contender:
    """A pair of a built-in strategy with the toy backend, as a case sees it."""
    rules = {key: changed.pop(key) for key in tuple(changed) if key in Policy.__dataclass_fields__}
    strategy = STRATEGIES[name]
    one = Contender(f"{name} × known", "/ws/", strategy.client, KNOWN.handed_out, strategy.traits, policy(**rules))
    others = tuple(
        replace(one, name=f"{other} × known", client=STRATEGIES[other].client, traits=STRATEGIES[other].traits)
        for other in ALL
        if other != name
    )
    return replace(one, **{"others": others, **changed})


def guarded(one: Contender, app: App = witness) -> Gate:
    """The gate that does what a contender promises."""
    name = one.name.partition(" ")[0]
    rivals = tuple(strategy for key, strategy in STRATEGIES.items() if key != name)
    return Gate(app, STRATEGIES[name], KNOWN, one.policy, name, "known", rivals)


def medium(app: Callable[[App], App], *, denies_with_status: bool = True, behind: App = witness) -> InProcess:
    """`app` around the smallest application, watched."""
    probe = Probe()
    return InProcess(app(probe.wrap(behind)), probe, denies_with_status=denies_with_status)


# ── applications that play a script ──────────────────────────────────────────────────────────────

ACCEPT: Event = {"type": "websocket.accept"}
LISTEN: Event = {}
"""A step of a script: wait for what the client does next."""


def text(**message: Any) -> Event:
    return {"type": "websocket.send", "text": json.dumps(message)}


def closes(code: int, reason: str = "") -> Event:
    return {"type": "websocket.close", "code": code, "reason": reason}


def says(reason: Reason) -> Event:
    return {"type": "websocket.send", "text": messages.refusal(reason)}


def ready(user: str = "ada") -> Event:
    return text(type="ready", user=user)


def denies(status: int, body: bytes = b"", **headers: str) -> tuple[Event, Event]:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return (
        {"type": "websocket.http.response.start", "status": status, "headers": pairs},
        {"type": "websocket.http.response.body", "body": body},
    )


def plays(*script: Event) -> App:
    """An application that does as it is told, then waits until the client has left."""

    async def app(scope: Scope, receive: Receiver, send: Sender) -> None:
        await receive()
        for step in script:
            if step is LISTEN:
                await receive()
            else:
                await send(step)
        while (await receive())["type"] != "websocket.disconnect":
            pass

    return app
