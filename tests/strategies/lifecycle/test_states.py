"""Connections in any order of events, held against a model in plain Python.

Rules of the clock: every event is at a whole second and every end by age at a half, so that no two fall together and
the model need not know what runs first. It doesn't know either when exactly a re-check comes: within an interval.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from strategies import gate, messages
from strategies.backend import Identity, digest
from strategies.journal import Revocation
from strategies.lifecycle import hub
from strategies.lifecycle.index import Key, key
from strategies.lifecycle.watch import LINGER, NAME, POLL
from strategies.refusal import Reason, Refused
from tests.strategies.lifecycle.clockwork import Clockwork, Running, runs, settle
from tests.strategies.lifecycle.test_hub import Row
from tests.strategies.lifecycle.test_watch import Paper
from tests.strategies.toys import Toy

Result = TypeVar("Result")

GRACE = 25
RECHECK = 60
REFRESHES = 3
USERS = (1, 2)
NO_GOOD = {Reason.INVALID: 4401, Reason.REVOKED: 4401, Reason.EXPIRED: 4419}

users = st.sampled_from(USERS)
log_ins = st.sampled_from("ab")
lives = st.sampled_from([None, 3.5, 40.5, 300.5])
ages = st.sampled_from([None, 90.5])
issued = st.sampled_from([None, 0.0, -10.0, -1000.0])


class World(Toy):
    """What the backend knows: identities by token, who is gone, and whether it can be asked at all."""

    def __init__(self) -> None:
        super().__init__(self.look_up)
        self.identities: dict[str, Identity | Refused] = {}
        self.gone: set[int] = set()
        self.away = False

    def look_up(self, token: str) -> Identity:
        found = self.identities[token]
        if self.away:
            raise Refused(Reason.UNAVAILABLE)
        if isinstance(found, Refused):
            raise found
        if found.user.pk in self.gone:
            raise Refused(Reason.INVALID)
        return found

    async def recheck(self, identities: Any) -> Any:
        if self.away:
            raise OSError
        return [Refused(Reason.INVALID) if one.user.pk in self.gone else one for one in identities]


@dataclass(eq=False)
class Known:
    """What must be so of one connection."""

    running: Running
    name: str
    identity: Identity
    began: float
    max_age: float | None
    minute: tuple[float, int] = (0.0, 0)
    heard: list[str] = field(default_factory=list)
    code: int | None = None
    doomed: float | None = None
    """Its user is gone, which a re-check finds by then."""
    left: bool = False

    @property
    def open(self) -> bool:
        return self.code is None and not self.left

    @property
    def closes_at(self) -> float:
        ends = [] if self.identity.expires_at is None else [self.identity.expires_at + GRACE]
        ends += [] if self.max_age is None else [self.began + self.max_age]
        return min(ends, default=float("inf"))

    @property
    def keys(self) -> set[Key]:
        one = self.identity
        sessions = {key("session", str(one.session)), key("session", digest(str(one.session)))}
        return {*sessions, key("token", digest(str(one.token_id))), key("user", str(one.user.pk))}

    def concerned(self, asked: dict[str, Any]) -> bool:
        one = self.identity
        mine = {"user": str(one.user.pk), "session": one.session, "token_id": one.token_id, "connection": self.name}
        before = asked.get("issued_before")
        return (before is None or one.issued_at is None or one.issued_at < before) and all(
            mine[name] == value for name, value in asked.items() if name != "issued_before"
        )


class Connections(RuleBasedStateMachine):
    connections = Bundle("connections")

    def __init__(self) -> None:
        super().__init__()
        self.patches, self.numbers = pytest.MonkeyPatch(), count()
        self.runner = asyncio.Runner()
        self.clock, self.paper, self.world = Clockwork(), Paper(), World()
        self.all: list[Known] = []
        self.generation = dict.fromkeys([f"{user}{name}" for user in USERS for name in "ab"], 0)
        self.paper.replaces_the_database(self.patches)
        # Names decide when a re-check comes: random ones would make no two runs alike.
        self.patches.setattr(gate, "token_hex", lambda size: digest(f"connection {next(self.numbers)}")[: 2 * size])

        self.hub = self.do(self.home())

    async def home(self) -> hub.Hub:
        return hub.current(self.clock)

    def do(self, work: Awaitable[Result]) -> Result:
        async def done() -> Result:
            found = await work
            await settle()
            return found

        return self.runner.run(done())

    def now(self) -> float:
        return self.clock.now()

    def minted(self, user: int, log_in: str, life: float | None, issued: float | None) -> str:
        token, session = f"token-{next(self.numbers)}", f"{user}{log_in}"
        self.world.identities[token] = Identity(
            Row(user),
            None if life is None else self.now() + life,
            None if issued is None else self.now() + issued,
            token_id=f"id of {token}",
            session=f"{session} {self.generation[session]}",
        )
        return token

    def passes(self, seconds: float) -> None:
        self.do(self.clock.go(seconds))
        for known in self.all:
            if known.open and known.doomed is not None and known.running.closed == 4410:
                known.code = 4410
            elif known.open and known.closes_at <= self.now():
                known.code = 4419
            elif known.open and known.doomed is not None and known.doomed <= self.now():
                known.code = 4410

    # ── what happens ─────────────────────────────────────────────────────────────────────────

    @initialize(target=connections, life=lives, max_age=ages)
    def three_to_begin_with(self, life: float | None, max_age: float | None) -> Any:
        """Of two users; two of them by one log-in."""
        facts = (("header", 1), ("first_message", 1), ("header", 2))
        return multiple(*(self.connect(strategy, user, "a", life, max_age) for strategy, user in facts))

    @rule(
        target=connections,
        strategy=st.sampled_from(["header", "first_message"]),
        user=users,
        log_in=log_ins,
        life=lives,
        max_age=ages,
        issued=issued,
        away=st.sampled_from([False, False, False, True]),
    )
    def connects(self, **facts: Any) -> Any:
        return self.connect(**facts)

    def connect(
        self,
        strategy: str,
        user: int,
        log_in: str,
        life: float | None,
        max_age: float | None,
        issued: float | None = 0.0,
        away: bool = False,
    ) -> Any:
        token = self.minted(user, log_in, life, issued)
        heard: list[str] = []

        async def hears(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            while (event := await receive())["type"] == "websocket.receive":
                heard.append(event["text"])
                await send({"type": "websocket.send", "text": f"got {event['text']}"})

        rules = {"expiry_grace": GRACE, "recheck": RECHECK, "refreshes_per_minute": REFRESHES, "max_age": max_age}
        self.world.away = away
        running = self.do(runs(strategy, self.world, self.clock, app=hears, token=token, **rules))
        self.world.away = False
        if away or user in self.world.gone:
            assert running.task.done()
            assert not heard
            return multiple()
        (name,) = [one for one, live in self.hub.connections.items() if live._wire._send == running.server.send]
        identity = self.world.identities[token]
        assert isinstance(identity, Identity)
        known = Known(running, name, identity, self.now(), max_age, heard=heard)
        self.all.append(known)
        return known

    @rule(known=connections, number=st.integers(0, 9))
    def say(self, known: Known, number: int) -> None:
        before = list(known.heard)
        known.running.server.say(f"frame {number}")
        self.do(settle())
        assert known.heard == before + ([f"frame {number}"] if known.open else [])
        if known.open:
            assert known.running.server.texts[-1] == f"got frame {number}"

    @rule(seconds=st.sampled_from([1, 5, 20, 40, 70]))
    def time_passes(self, seconds: int) -> None:
        self.passes(seconds)

    @rule(known=connections)
    def leaves(self, known: Known) -> None:
        self.do(known.running.leave())
        known.left = True

    @rule(known=connections, log_in=log_ins, life=st.sampled_from([None, 40.5, 300.5]), issued=issued)
    def refresh_well(self, known: Known, log_in: str, life: float | None, issued: float | None) -> None:
        """Or by one that ends sooner, which changes nothing."""
        token = self.minted(known.identity.user.pk, log_in, life, issued)
        fresh = self.world.identities[token]
        assert isinstance(fresh, Identity)
        if self.refreshed(known, token):
            if fresh.user.pk in self.world.gone:
                known.code = 4401
            elif (fresh.expires_at or float("inf")) >= (known.identity.expires_at or float("inf")):
                known.identity = fresh

    @rule(known=connections, log_in=log_ins)
    def refresh_by_another_user(self, known: Known, log_in: str) -> None:
        other = 3 - known.identity.user.pk
        if self.refreshed(known, self.minted(other, log_in, 300.5, 0.0)):
            known.code = 4401 if other in self.world.gone else 4403

    @rule(known=connections, reason=st.sampled_from(list(NO_GOOD)))
    def refresh_by_a_bad_one(self, known: Known, reason: Reason) -> None:
        self.world.identities["bad"] = Refused(reason)
        if self.refreshed(known, "bad"):
            known.code = NO_GOOD[reason]

    @rule(known=connections, log_in=log_ins)
    def refresh_that_cannot_be_judged(self, known: Known, log_in: str) -> None:
        token = self.minted(known.identity.user.pk, log_in, 300.5, 0.0)
        self.world.away = True
        if self.refreshed(known, token):
            assert known.running.server.texts[-1] == messages.error(Reason.UNAVAILABLE)
        self.world.away = False

    def refreshed(self, known: Known, token: str) -> bool:
        """Sends it. Whether it is judged at all: by an open connection, and not too often."""
        known.running.server.say(messages.refresh(token))
        self.do(settle())
        if not known.open:
            return False
        since, sent = known.minute if self.now() - known.minute[0] < 60 else (self.now(), 0)
        known.minute = (since, sent + 1)
        if sent >= REFRESHES:
            known.code = 4429
        return sent < REFRESHES

    @rule(
        known=connections,
        names=st.sets(st.sampled_from(["user", "session", "token_id", "connection", "issued_before"]), min_size=1),
        before=st.sampled_from([0, -5, -500]),
        heard_of=st.sampled_from(["by a nudge", "by a look", "after trouble"]),
    )
    def revoke(self, known: Known, names: set[str], before: int, heard_of: str) -> None:
        one = known.identity
        facts: dict[str, Any] = {
            "user": str(one.user.pk),
            "session": one.session,
            "token_id": one.token_id,
            "connection": known.name,
            "issued_before": self.now() + before,
        }
        asked = {name: facts[name] for name in facts if name in names}
        if "session" in names:  # a log-in that was ended isn't made again under its name
            self.generation[str(one.session).split()[0]] += 1
        in_words = {name: digest(asked[name]) if name in ("session", "token_id") else asked[name] for name in asked}
        self.paper.entries.append(Revocation(at=self.now(), **in_words))
        if heard_of == "after trouble":
            self.paper.away = OSError()
            self.nudge()
            self.passes(2)
            self.paper.away = None
        elif heard_of == "by a nudge":
            self.nudge()
            self.withdraw(asked)
        self.passes(POLL)
        self.withdraw(asked)

    def nudge(self) -> None:
        self.hub.nudge()
        self.do(settle())

    def withdraw(self, asked: dict[str, Any]) -> None:
        for known in self.all:
            if known.open and known.concerned(asked):
                known.code = 4410

    @rule(user=users)
    def goes(self, user: int) -> None:
        """By SQL: no signal tells."""
        self.world.gone.add(user)
        for known in self.all:
            if known.identity.user.pk == user and known.doomed is None:
                known.doomed = self.now() + RECHECK + POLL

    @rule(seconds=st.sampled_from([1, 70]))
    def cannot_be_asked(self, seconds: int) -> None:
        """An outage ends nothing; what it hid is found within another interval."""
        self.world.away = True
        self.passes_undoomed(seconds)
        self.world.away = False

    def passes_undoomed(self, seconds: int) -> None:
        for known in self.all:
            if known.doomed is not None:
                known.doomed = self.now() + seconds + RECHECK + POLL
        self.passes(seconds)

    # ── what is always so ────────────────────────────────────────────────────────────────────

    @invariant()
    def it_ends_as_the_model_says(self) -> None:
        for known in self.all:
            assert known.running.closed == known.code, known
            assert known.running.task.done() is not known.open

    @invariant()
    def nothing_follows_the_end(self) -> None:
        for known in self.all:
            kinds = known.running.server.types
            assert "close" not in kinds[:-1]

    @invariant()
    def the_index_holds_exactly_the_open_ones(self) -> None:
        live = self.hub
        still = {known.name: known for known in self.all if known.open}
        assert set(live.connections) == set(still)
        keys = {each for known in still.values() for each in known.keys}
        assert len(live._index) == len(keys)
        for each in keys:
            found = {one.name for one in live._index.find(each)}
            assert found == {name for name, known in still.items() if each in known.keys}

    def teardown(self) -> None:
        try:
            for known in self.all:
                self.do(known.running.leave())
            assert self.others() <= {NAME}
            self.do(self.clock.go(LINGER + 2 * POLL))
            assert self.others() == set()
        finally:
            self.runner.close()
            self.patches.undo()

    def others(self) -> set[str]:
        """The names of the tasks that are left."""

        async def names() -> set[str]:
            return {task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()}

        return self.runner.run(names())


Connections.TestCase.settings = settings(
    stateful_step_count=30,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
TestConnections = Connections.TestCase
