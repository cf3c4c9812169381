"""All of a loop's connections: found by whatever a revocation names, and none lost on the way in."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from dataclasses import dataclass
from typing import Any

import pytest

from strategies import messages, signals
from strategies.backend import Identity, digest
from strategies.journal import Revocation
from strategies.lifecycle import hub
from strategies.refusal import Reason, Refused
from tests.strategies.lifecycle.clockwork import START, Clockwork, Running, runs, settle
from tests.strategies.toys import Toy


@dataclass
class Row:
    pk: int
    is_active: bool = True
    is_authenticated: bool = True
    username: str = "ada"


def identity(pk: int = 1, **facts: Any) -> Identity:
    return Identity(Row(pk), None, START, **{"token_id": f"token-{pk}", "session": f"log-in-{pk}", **facts})


def knows(pk: int = 1, **facts: Any) -> Toy:
    return Toy(lambda token: identity(pk, **facts))


def decided(at: float = START + 1, **facts: Any) -> Revocation:
    """As `revoke` writes it: credentials by the digest of their names."""
    named = {"token_id": digest(facts["token_id"])} if "token_id" in facts else {}
    return Revocation(**{"at": at, **facts, **named})


NAMES: list[dict[str, Any]] = [
    {"user": "1"}, {"session": "log-in-1"}, {"token_id": "token-1"}, {"issued_before": START + 1, "user": "1"},
]  # fmt: skip


@pytest.mark.parametrize("facts", NAMES, ids=str)
async def test_ends_the_connections_that_are_meant_and_no_others(facts: dict[str, Any]) -> None:
    clock = Clockwork()
    ada, too, eve = [await runs("header", knows(pk), clock) for pk in (1, 1, 2)]
    ada.hub.apply([decided(**facts)])
    await asyncio.gather(ada.ended(), too.ended())
    assert (ada.closed, too.closed, eve.closed) == (4410, 4410, None)
    assert ada.server.texts == [messages.refusal(Reason.WITHDRAWN)]
    assert len(eve.hub) == 1
    await eve.leave()
    assert (len(eve.hub), len(eve.hub._index)) == (0, 0)


async def test_one_connection_by_its_name() -> None:
    clock = Clockwork()
    ada, too = [await runs("header", knows(), clock) for _ in range(2)]
    ada.hub.apply([decided(connection=ada.connection.auth.connection), decided(connection="unknown")])
    await ada.ended()
    assert (ada.closed, too.closed) == (4410, None)
    await too.leave()


async def test_everybody_from_before() -> None:
    clock = Clockwork()
    ada, eve = await runs("header", knows(1), clock), await runs("header", knows(2), clock)
    ada.hub.apply([decided(issued_before=START + 0.5)])
    await asyncio.gather(ada.ended(), eve.ended())
    assert (ada.closed, eve.closed) == (4410, 4410)


async def test_after_a_refresh_it_is_found_by_its_new_names() -> None:
    clock = Clockwork()
    fresh = {"second": identity(token_id="token-9")}
    running = await runs("header", Toy(lambda token: fresh.get(token, identity())), clock)
    running.server.say(messages.refresh("second"))
    await settle()
    running.hub.apply([decided(token_id="token-1")])
    await settle()
    assert running.closed is None
    running.hub.apply([decided(token_id="token-9")])
    await running.ended()
    assert running.closed == 4410


# ── no window between verification and registration (T34) ────────────────────────────────────────


class Scheduled(Toy):
    """Looks up what holds when it is asked, and takes as many turns of the loop to say so as it is told."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self.turns = turns
        self.taken_back = False

    async def verify(self, token: str) -> Identity:
        taken_back = self.taken_back
        for _ in range(self.turns):
            await asyncio.sleep(0)
        if taken_back:
            raise Refused(Reason.INVALID)
        return identity()


@pytest.mark.parametrize("strategy", ["header", "first_message"])
@pytest.mark.parametrize("facts", NAMES, ids=str)
@pytest.mark.parametrize("turns", [0, 1, 5])
async def test_taken_back_at_any_moment_it_never_lives_on(strategy: str, facts: dict[str, Any], turns: int) -> None:
    """The decision falls into each turn of the loop in turn, from before the connect to long after it."""
    survived = []
    for moment in range(turns + 25):
        clock, backend = Clockwork(), Scheduled(turns)
        opening = asyncio.ensure_future(runs(strategy, backend, clock))
        for _ in range(moment):
            await asyncio.sleep(0)
        backend.taken_back = True
        hub.current(clock).apply([decided(**facts)])
        running: Running = await opening
        await settle()
        if not running.task.done():
            survived.append(moment)
            await running.leave()
    assert survived == []


async def test_a_refresh_that_is_taken_back_meanwhile() -> None:
    clock, gate_opens = Clockwork(), asyncio.Event()

    async def slow() -> Identity:
        await gate_opens.wait()
        return identity(token_id="token-9")

    running = await runs("header", Toy(lambda token: slow() if token == "second" else identity()), clock)
    running.server.say(messages.refresh("second"))
    await settle()
    running.hub.apply([decided(token_id="token-9")])
    gate_opens.set()
    await running.ended()
    assert running.closed == 4401


class Asked(Toy):
    """Is asked again where the clocks leave a doubt."""

    def __init__(self, answer: Any) -> None:
        super().__init__(lambda token: identity())
        self.again = answer
        self.asked = 0

    async def recheck(self, identities: Any) -> Any:
        self.asked += 1
        return [self.again for _ in identities]


@pytest.mark.parametrize(
    ("at", "asked"),
    [(START + 0.5, 0), (START, 0), (START - 0.1, 1), (START - 1.9, 1), (START - 2.1, 0)],
)
@pytest.mark.parametrize("holds", [True, False])
async def test_where_the_clocks_leave_a_doubt_the_backend_is_asked(at: float, asked: int, holds: bool) -> None:
    clock, backend = Clockwork(), Asked(identity() if holds else Refused(Reason.INVALID))
    running = await runs("header", backend, clock)
    doubtful = running.hub.apply([decided(at=at, user="1")])
    await running.hub._watch._ask(doubtful)
    await settle()
    assert backend.asked == asked
    ends = at >= START or (asked == 1 and not holds)
    assert running.closed == (4410 if ends else None)
    if not ends:
        await running.leave()


@pytest.mark.parametrize("holds", [True, False])
async def test_in_doubt_on_the_way_in(holds: bool) -> None:
    clock, backend = Clockwork(), Asked(identity() if holds else Refused(Reason.INVALID))
    home = hub.current(clock)
    with home.verifying() as missed:
        home.apply([decided(at=START - 1, user="1"), decided(at=START - 3, user="1"), decided(user="2")])
        if holds:
            await home.hold(identity(), missed, START, backend)
        else:
            with pytest.raises(Refused):
                await home.hold(identity(), missed, START, backend)
    assert backend.asked == 1


async def test_taken_back_before_the_application_is_called_it_never_is() -> None:
    """Between registration and application: the audit trail is told first, and may take its time."""
    called: list[Any] = []

    async def audit(identity: Any, **_: Any) -> None:
        hub.current(clock).apply([decided(user="1")])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        called.append(scope)

    clock = Clockwork()
    signals.connection_authenticated.connect(audit)
    try:
        running = await runs("first_message", knows(), clock, app=app)
        await running.ended()
    finally:
        assert signals.connection_authenticated.disconnect(audit)
    assert (running.closed, called) == (4410, [])


async def test_who_has_left_is_not_found_any_more() -> None:
    clock = Clockwork()
    running = await runs("header", knows(), clock)
    connection = running.connection
    await running.leave()
    connection.renew(identity(token_id="token-9"))
    assert len(running.hub._index) == 0


# ── the process around it ────────────────────────────────────────────────────────────────────────


async def test_a_nudge_from_another_thread_wakes_the_watch() -> None:
    home = hub.current(Clockwork())
    woken = asyncio.Event()
    home._watch.wake = woken.set  # type: ignore[method-assign]
    threading.Thread(target=home.nudge).start()
    async with asyncio.timeout(5):
        await woken.wait()


def test_a_loop_that_is_gone_is_nudged_in_vain_and_not_kept() -> None:
    async def make() -> hub.Hub:
        return hub.current()

    loop = asyncio.new_event_loop()
    home = loop.run_until_complete(make())
    loop.close()
    home.nudge()
    kept = weakref.ref(loop)
    del loop
    gc.collect()
    assert kept() is None, "a hub keeps no loop alive"
    home.nudge()


async def test_one_hub_for_a_loop_and_clock() -> None:
    clock = Clockwork()
    assert hub.current() is hub.current()
    assert hub.current(clock) is hub.current(clock) is not hub.current()
