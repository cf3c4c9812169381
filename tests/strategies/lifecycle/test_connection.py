"""One live connection: warned, refreshed, ended once, on a clock that the tests drive."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, replace
from typing import Any

import pytest

from strategies import messages, signals
from strategies.backend import Identity
from strategies.lifecycle import connection as lifecycle
from strategies.lifecycle.connection import same_user
from strategies.refusal import Reason, Refused
from strategies.wire import Event
from tests.strategies.lifecycle.clockwork import START, Clockwork, Running, runs, settle
from tests.strategies.toys import STRATEGIES, TOKEN, Toy, User, nothing_runs, until

every_strategy = pytest.mark.parametrize("name", STRATEGIES)
ADA = User("ada")


class Purse(Toy):
    """Tokens and whom they speak for; what isn't in it is invalid. A value may be an exception, or a coroutine."""

    def __init__(self, **tokens: Any) -> None:
        super().__init__(self.look_up)
        self.tokens = tokens
        self.asked = 0

    def look_up(self, token: str) -> Any:
        self.asked += 1
        found = self.tokens.get("first" if token == TOKEN else token, Refused(Reason.INVALID))
        if isinstance(found, BaseException):
            raise found
        return found() if callable(found) else found


def life(seconds: float | None, user: Any = ADA, **facts: Any) -> Identity:
    return Identity(user, None if seconds is None else START + seconds, START, **facts)


def notices(running: Running) -> list[dict[str, Any]]:
    return [json.loads(text) for text in running.server.texts if text.startswith('{"type":"auth.')]


# ── expiry ───────────────────────────────────────────────────────────────────────────────────────


@every_strategy
async def test_ends_when_its_credential_and_the_grace_are_over(name: str) -> None:
    clock = Clockwork()
    running = await runs(name, Purse(first=life(100)), clock)
    await clock.go(89)
    before = len(running.server.sent)
    await clock.go(1)
    assert running.server.texts[-1] == '{"type":"auth.expiring","expires_in":10}'
    await clock.go(34.9)
    assert (running.closed, len(running.server.sent)) == (None, before + 1)
    await clock.go(0.1)
    assert running.closed == 4419
    assert running.server.texts[-1] == messages.error(Reason.EXPIRED)
    await running.ended()
    assert len(running.hub) == 0
    await nothing_runs()


@pytest.mark.parametrize(
    ("seconds", "rules", "warned", "closed"),
    [
        (1000, {}, 970, 1025),
        (10, {}, 9, 35),
        (1000, {"expiry_notice": 5}, 995, 1025),
        (1000, {"expiry_grace": 0}, 970, 1000),
        (1000, {"max_age": 100}, 90, 100),
        (None, {"max_age": 100}, 90, 100),
        (50, {"max_age": 100}, 45, 75),
        (90, {"max_age": 100}, 81, 100),
        (1000, {"announce": False}, None, 1025),
        (None, {}, None, None),
    ],
)
async def test_when_it_is_warned_and_closed(
    seconds: float | None, rules: dict[str, Any], warned: float | None, closed: float | None
) -> None:
    clock = Clockwork()
    running = await runs("header", Purse(first=life(seconds)), clock, **rules)
    seen: dict[str, float] = {}
    for second in range(1, 1100):
        await clock.go(1)
        for kind, so in (
            ("warned", "auth.expiring" in "".join(running.server.texts)),
            ("closed", running.closed is not None),
        ):
            if so:
                seen.setdefault(kind, second)
        if "closed" in seen:
            break
    assert (seen.get("warned"), seen.get("closed")) == (warned, closed)
    await running.leave()


async def test_no_frame_passes_after_the_end() -> None:
    clock = Clockwork()
    running = await runs("header", Purse(first=life(10)), clock, expiry_grace=0)
    await clock.go(10)
    sent = len(running.server.sent)
    running.server.say("late")
    await settle()
    assert len(running.server.sent) == sent


async def test_a_wall_clock_that_is_set_back_ends_nothing_early() -> None:
    clock = Clockwork()
    running = await runs("header", Purse(first=life(10)), clock, expiry_grace=0, announce=False)
    clock.set_back(5)
    await clock.go(10)
    assert running.closed is None
    await clock.go(5)
    assert running.closed == 4419


async def test_an_identity_that_is_over_gets_nobody_in() -> None:
    running = await runs("header", Purse(first=life(-25)), Clockwork())
    assert running.server.sent[0]["status"] == 401
    assert json.loads(running.server.sent[1]["body"])["code"] == "credential_expired"


async def test_an_end_before_the_application_accepts_is_a_refusal() -> None:
    async def never_accepts(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            pass

    clock = Clockwork()
    task = asyncio.ensure_future(runs("header", Purse(first=life(10)), clock, app=never_accepts, expiry_grace=0))
    await settle()
    await clock.go(10)
    assert (await task).server.sent[0]["status"] == 401


# ── refresh ──────────────────────────────────────────────────────────────────────────────────────


@every_strategy
async def test_a_fresh_credential_prolongs_it(name: str) -> None:
    clock = Clockwork()
    running = await runs(name, Purse(first=life(100, token_id="1"), second=life(500, token_id="2")), clock)
    auth = running.connection.auth
    await clock.go(95)
    running.server.say(messages.refresh("second"))
    await settle()
    assert notices(running)[-1] == {"type": "auth.ok", "expires_in": 405, "refresh_in": 375}
    assert (auth.expires_at, auth.token_id, auth.strategy, auth.backend) == (START + 500, "2", name, "toy")
    await clock.go(400)
    running.server.say("hello")
    await settle()
    assert running.server.texts[-1] == "got hello"
    await clock.go(30)
    assert running.closed == 4419


async def test_without_warnings_it_is_prolonged_as_well() -> None:
    clock = Clockwork()
    running = await runs("header", Purse(first=life(100), second=life(500)), clock, announce=False)
    running.server.say(messages.refresh("second"))
    await clock.go(500)
    assert running.closed is None
    await clock.go(25)
    assert running.closed == 4419


async def test_one_that_ends_sooner_changes_nothing_and_says_what_holds() -> None:
    clock = Clockwork()
    running = await runs("header", Purse(first=life(1000, token_id="1"), older=life(500, token_id="0")), clock)
    running.server.say(messages.refresh("older"))
    await settle()
    assert notices(running)[-1]["expires_in"] == 1000
    assert running.connection.auth.token_id == "1"
    await running.leave()


async def test_it_is_taken_during_the_grace() -> None:
    clock = Clockwork()
    running = await runs("header", Purse(first=life(100), second=life(500)), clock)
    await clock.go(124)
    running.server.say(messages.refresh("second"))
    await clock.go(100)
    assert running.closed is None
    await running.leave()


async def test_a_refresh_does_not_outlive_the_greatest_age() -> None:
    clock = Clockwork()
    running = await runs("header", Purse(first=life(100), second=life(500)), clock, max_age=200)
    running.server.say(messages.refresh("second"))
    await clock.go(200)
    assert running.closed == 4419


REFUSED: list[tuple[str, Any, str, int]] = [
    ("another user", life(500, User("eve")), messages.refresh("second"), 4403),
    ("an inactive user", life(500, User("ada", is_active=False)), messages.refresh("second"), 4403),
    ("nobody", life(500, None), messages.refresh("second"), 4401),
    ("invalid", Refused(Reason.INVALID), messages.refresh("second"), 4401),
    ("expired", Refused(Reason.EXPIRED), messages.refresh("second"), 4419),
    ("revoked", Refused(Reason.REVOKED), messages.refresh("second"), 4401),
    ("no token", life(500), messages.refresh(None), 4400),
    ("an empty token", life(500), messages.refresh(""), 4401),
    ("a number", life(500), '{"type":"auth.refresh","token":1}', 4400),
    ("a blank in the token", life(500), '{"type":"auth.refresh","token":"a b"}', 4400),
    ("too large", life(500), messages.refresh("x" * 5000), 4401),
    (
        "too large in bytes",
        life(500),
        json.dumps({"type": "auth.refresh", "token": "\u00e4" * 3000}, ensure_ascii=False),
        4401,
    ),
    ("an unknown type", life(500), '{"type":"auth.unknown"}', 4400),
    ("a type of the server's", life(500), '{"type":"auth.ok"}', 4400),
]


@pytest.mark.parametrize(("second", "message", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_a_bad_one_ends_the_connection(second: Any, message: str, code: int) -> None:
    running = await runs("header", Purse(first=life(100), second=second), Clockwork())
    running.server.say(message, "late")
    await running.ended()
    assert running.closed == code
    assert "got late" not in running.server.texts


async def never() -> Any:
    await asyncio.Event().wait()


TRANSIENT: dict[str, Any] = {
    "unavailable": Refused(Reason.UNAVAILABLE),
    "it breaks": ZeroDivisionError(TOKEN),
    "its own time-out": TimeoutError(TOKEN),
    "no answer": lambda: never(),
    "no identity": lambda: _later(None),
}


async def _later(value: Any) -> Any:
    return value


@pytest.mark.parametrize("second", TRANSIENT.values(), ids=TRANSIENT)
async def test_a_backend_that_fails_changes_nothing(second: Any, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clockwork()
    running = await runs("header", Purse(first=life(100), second=second), clock, handshake_deadline=0.02)
    running.server.say(messages.refresh("second"))
    await until(lambda: bool(notices(running)))
    assert notices(running) == [{"type": "auth.error", "code": "unavailable", "retry": "backoff"}]
    assert TOKEN not in caplog.text
    assert all(told_by(record)["reason"] == "INTERNAL" for record in caplog.records if record.name == "wsauth.security")
    await clock.go(124)
    assert running.closed is None
    await clock.go(1)
    assert running.closed == 4419


async def test_an_ambient_carrier_is_read_again() -> None:
    class Reread(Purse):
        async def recheck(self, identities: Any) -> Any:
            return [replace(one, expires_at=START + 500) for one in identities]

    running = await runs("cookie", Reread(first=life(100)), Clockwork())
    running.server.say(messages.refresh(None))
    await settle()
    assert notices(running)[-1]["expires_in"] == 500
    await running.leave()


async def test_an_ambient_carrier_that_is_over() -> None:
    class Over(Purse):
        async def recheck(self, identities: Any) -> Any:
            return [Refused(Reason.INVALID)]

    running = await runs("cookie", Over(first=life(100)), Clockwork())
    running.server.say(messages.refresh(None))
    await running.ended()
    assert running.closed == 4401


async def test_a_flood_ends_the_connection() -> None:
    clock, purse = Clockwork(), Purse(first=life(1000), second=life(2000))
    running = await runs("header", purse, clock, refreshes_per_minute=3)
    for _ in range(2):
        running.server.say(*[messages.refresh("second")] * 3)
        await settle()
        assert running.closed is None
        await clock.go(60)
    running.server.say(*[messages.refresh("second")] * 4)
    await running.ended()
    assert (running.closed, purse.asked) == (4429, 1 + 9)


async def test_switched_off_every_frame_is_the_applications() -> None:
    running = await runs("header", Purse(first=life(100), second=life(500)), Clockwork(), refreshes_per_minute=0)
    running.server.say(messages.refresh("second"), '{"type":"auth.unknown"}')
    await settle()
    assert running.server.texts == [f"got {messages.refresh('second')}", 'got {"type":"auth.unknown"}']
    await running.leave()


@pytest.mark.parametrize("frame", ["x" * 9000 + '"auth', "{", "[]", '{"type":1,"a":"auth.refresh"}', '"auth.', "\\u"])
async def test_what_only_looks_like_one_is_the_applications(frame: str) -> None:
    running = await runs("header", Purse(first=life(100)), Clockwork())
    running.server.say(frame)
    await settle()
    assert running.server.texts == [f"got {frame}"]
    await running.leave()


async def test_a_refresh_that_is_overtaken_by_the_end_has_no_effect() -> None:
    gate_opens = asyncio.Event()

    async def slow() -> Identity:
        await gate_opens.wait()
        return life(500)

    clock = Clockwork()
    running = await runs("header", Purse(first=life(100), second=lambda: slow()), clock)
    running.server.say(messages.refresh("second"))
    await clock.go(125)
    gate_opens.set()
    await running.ended()
    assert [running.closed, *(notice["type"] for notice in notices(running))] == [4419, "auth.expiring", "auth.error"]


async def test_an_end_in_the_turn_of_the_answer_wins() -> None:
    """The verification is through, and before anybody acts on it the connection is ended."""
    running: Running

    async def just_then() -> Identity:
        running.connection.end(Reason.WITHDRAWN)
        return life(500)

    running = await runs("header", Purse(first=life(100), second=lambda: just_then()), Clockwork())
    running.server.say(messages.refresh("second"))
    await running.ended()
    assert [running.closed, *(notice["type"] for notice in notices(running))] == [4410, "auth.revoked"]


@pytest.mark.parametrize("name", ["first_message"])
async def test_a_second_auth_ends_it(name: str) -> None:
    running = await runs(name, Purse(first=life(100)), Clockwork())
    running.server.say(messages.auth(TOKEN))
    await running.ended()
    assert running.closed == 4409


# ── its end ──────────────────────────────────────────────────────────────────────────────────────


async def test_it_ends_once() -> None:
    running = await runs("header", Purse(first=life(100)), Clockwork())
    for reason in (Reason.WITHDRAWN, Reason.EXPIRED):
        running.connection.end(reason)
    await running.ended()
    assert running.server.types == ["accept", "send", "close"]
    assert running.closed == 4410


LOGGED = {"strategy": "header", "backend": "toy", "client_address": "127.0.0.1", "user": "None"}


def told_by(record: logging.LogRecord) -> dict[str, Any]:
    """The extra fields, all of which the documented format may name; the connection's is random."""
    fields = {name: vars(record)[name] for name in (*LOGGED, "reason", "connection")}
    assert len(fields.pop("connection")) == 16
    return fields


async def test_a_peer_that_takes_no_farewell_is_left(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "wsauth.security")
    monkeypatch.setattr(lifecycle, "FAREWELL", 0.02)
    running = await runs("header", Purse(first=life(100)), Clockwork())

    async def stuck(event: Event) -> None:
        await asyncio.Event().wait()

    connection = running.connection
    connection._wire._send = stuck
    connection.end(Reason.WITHDRAWN)
    async with asyncio.timeout(5):
        await running.ended()
    await nothing_runs()
    assert caplog.messages == ["a peer did not take its farewell: withdrawn", "ended: withdrawn on '/ws/'"]
    assert [told_by(record) for record in caplog.records] == [{**LOGGED, "reason": "WITHDRAWN"}] * 2


async def test_a_server_that_breaks_during_the_farewell_is_logged_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    running = await runs("header", Purse(first=life(100)), Clockwork())

    async def breaks(event: Event) -> None:
        raise RuntimeError(TOKEN)

    connection = running.connection
    connection._wire._send = breaks
    connection.end(Reason.WITHDRAWN)
    await running.ended()
    assert "the end of a connection failed: RuntimeError" in caplog.messages
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("reason", [Reason.WITHDRAWN, Reason.EXPIRED, Reason.SECOND_AUTH])
async def test_ends_are_logged_and_announced(reason: Reason, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "wsauth.security")
    told: list[tuple[str, Any]] = []

    def revoked(identity: Identity, path: str, client_address: object, reason: Any, **_: Any) -> None:
        told.append(("revoked", (identity.user, identity.handle, path, client_address, reason)))

    async def expired(identity: Identity, path: str, client_address: object, reason: Any, **_: Any) -> None:
        told.append(("expired", (identity.user, identity.handle, path, client_address, reason)))

    signals.connection_revoked.connect(revoked)
    signals.connection_expired.connect(expired)
    try:
        running = await runs("header", Purse(first=life(100, handle="kept")), Clockwork())
        running.connection.end(reason)
        await running.ended()
    finally:
        assert signals.connection_revoked.disconnect(revoked)
        assert signals.connection_expired.disconnect(expired)
    facts = (ADA, None, "/ws/", "127.0.0.1", reason)
    wanted = {Reason.WITHDRAWN: [("revoked", facts)], Reason.EXPIRED: [("expired", facts)]}
    assert told == wanted.get(reason, [])
    (record,) = [record for record in caplog.records if record.name == "wsauth.security"]
    assert record.getMessage() == f"ended: {reason.label} on '/ws/'"
    assert told_by(record) == {**LOGGED, "reason": reason.name}


async def test_a_refresh_is_announced() -> None:
    told: list[Any] = []

    def refreshed(identity: Identity, **facts: Any) -> None:
        told.append((identity.expires_at, facts["reason"]))

    signals.connection_refreshed.connect(refreshed)
    try:
        running = await runs("header", Purse(first=life(100), second=life(500)), Clockwork())
        running.server.say(messages.refresh("second"))
        await until(lambda: bool(told))
        await running.leave()
    finally:
        assert signals.connection_refreshed.disconnect(refreshed)
    assert told == [(START + 500, None)]


# ── who is the same ──────────────────────────────────────────────────────────────────────────────


@dataclass
class Row:
    pk: Any


@dataclass
class Other:
    pk: Any


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Row(1), Row(1), True),
        (Row(1), Row(2), False),
        (Row(1), Row("1"), False),
        (Row(1), Other(1), False),
        (Row(None), Row(None), False),
        (User("ada"), User("ada"), True),
        (User("ada"), User("eve"), False),
        (object(), object(), False),
    ],
)
def test_same_user(one: Any, other: Any, same: bool) -> None:
    assert same_user(one, other) is same
