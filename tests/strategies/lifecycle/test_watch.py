"""The background of live connections: the journal is read, what no signal tells is noticed, nothing is left behind."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from strategies import journal
from strategies.backend import Identity
from strategies.journal import Revocation
from strategies.lifecycle import hub, watch
from strategies.lifecycle.watch import LARGEST, LINGER, NAME, POLL
from strategies.refusal import Reason, Refused
from tests.strategies.lifecycle.clockwork import START, Clockwork, runs, settle
from tests.strategies.lifecycle.test_hub import Row, decided
from tests.strategies.toys import Toy


class Paper:
    """A journal on paper, which may be out of reach."""

    def __init__(self) -> None:
        self.entries: list[Revocation] = []
        self.reads = 0
        self.away: Exception | None = None

    def replaces_the_database(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """And its thread by the loop: the clock stands still while a thread runs."""
        monkeypatch.setattr(watch, "Reader", self.reader)
        monkeypatch.setattr(watch, "database_sync_to_async", at_once)

    def reader(self, since: float) -> Any:
        paper, position = self, sum(one.at < since for one in self.entries)

        class Reader:
            def read(self, now: float) -> list[Revocation]:
                nonlocal position
                paper.reads += 1
                if paper.away is not None:
                    raise paper.away
                new, position = paper.entries[position:], len(paper.entries)
                return new

        return Reader()


def at_once(work: Any) -> Any:
    async def run(*arguments: Any) -> Any:
        return work(*arguments)

    return run


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch) -> Paper:
    found = Paper()
    found.replaces_the_database(monkeypatch)
    return found


class Rows(Toy):
    """Users by number, some of whom are gone or changed by now."""

    def __init__(self, pk: int = 1, **facts: Any) -> None:
        super().__init__(lambda token: Identity(Row(int(token)), None, START, **facts))
        self.now: dict[int, Any] = {}
        self.asked: list[int] = []
        self.away: Exception | None = None

    async def recheck(self, identities: Any) -> Any:
        self.asked.append(len(identities))
        if self.away is not None:
            raise self.away
        return [self.now.get(one.user.pk, one) for one in identities]


async def test_the_journal_is_read_every_second_and_at_once_after_a_nudge(paper: Paper) -> None:
    clock = Clockwork()
    running = await runs("header", Rows(), clock, token="1")
    paper.entries.append(decided(user="2"))
    await clock.go(POLL)
    assert (paper.reads, running.closed) == (1, None)
    paper.entries.append(decided(user="1"))
    running.hub.nudge()
    await settle()
    await running.ended()
    assert (paper.reads, running.closed) == (2, 4410)


async def test_a_journal_out_of_reach_ends_nothing_and_what_was_missed_is_made_good(
    paper: Paper, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "wsauth")
    clock = Clockwork()
    running = await runs("header", Rows(), clock, token="1")
    paper.away = OSError("a password")
    paper.entries.append(decided(user="1"))
    await clock.go(20)
    assert running.closed is None
    assert caplog.messages == ["the journal can't be read: OSError; trying on"]
    paper.away = None
    await clock.go(POLL)
    assert running.closed == 4410
    assert caplog.messages[1] == "the journal can't be read: it works again"


async def test_a_look_that_takes_longer_than_it_lingers_begins_no_new_journal(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a host vanishes: what others write meanwhile is read by whoever began before."""
    clock = Clockwork()
    begun: list[float] = []
    reader = paper.reader
    monkeypatch.setattr(watch, "Reader", lambda since: (begun.append(since), reader(since))[1])
    hangs = asyncio.Event()

    def slowly(work: Any) -> Any:
        async def run(*arguments: Any) -> Any:
            if paper.away is not None:
                await hangs.wait()
            return work(*arguments)

        return run

    monkeypatch.setattr(watch, "database_sync_to_async", slowly)
    running = await runs("header", Rows(), clock, token="1")
    paper.away = OSError()
    await clock.go(2 * LINGER)
    hangs.set()
    await settle()
    paper.away = None
    await clock.go(POLL)
    assert len(begun) == 1
    assert running.closed is None


def tasks() -> set[asyncio.Task[Any]]:
    return {task for task in asyncio.all_tasks() if task.get_name() == NAME}


async def test_it_runs_while_there_are_connections_and_a_while_longer(paper: Paper) -> None:
    clock = Clockwork()
    running = await runs("header", Rows(), clock, token="1")
    await clock.go(3 * LINGER)
    assert tasks()
    await running.leave()
    await clock.go(LINGER - 1)
    assert tasks()
    reads = paper.reads
    await clock.go(2)
    assert not tasks()
    await clock.go(100)
    assert paper.reads == reads, "nobody there: nothing is asked"
    again = await runs("header", Rows(), clock, token="1")
    await clock.go(POLL)
    assert paper.reads == reads + 1
    await again.leave()


async def test_whoever_comes_while_it_ends_starts_it_anew(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = 0

    async def ends_at_once(self: Any) -> None:
        nonlocal reads
        reads += 1
        if reads == 2:
            await asyncio.Event().wait()

    monkeypatch.setattr(watch.Watch, "_read", ends_at_once)
    with hub.current(Clockwork()).verifying():
        await settle()
        assert (reads, bool(tasks())) == (2, True)


# ── re-check ─────────────────────────────────────────────────────────────────────────────────────


GONE: dict[str, tuple[Any, int | None]] = {
    "unchanged": (None, None),
    "gone": (Refused(Reason.INVALID), 4410),
    "deactivated": (Identity(Row(1, is_active=False), None, START), 4410),
    "can't be told": (Refused(Reason.UNAVAILABLE), None),
}


@pytest.mark.parametrize(("now", "code"), GONE.values(), ids=GONE)
async def test_what_no_signal_tells_is_noticed_within_the_interval(paper: Paper, now: Any, code: int | None) -> None:
    clock, backend = Clockwork(), Rows()
    running = await runs("header", backend, clock, token="1", recheck=60)
    if now is not None:
        backend.now[1] = now
    await clock.go(44)
    assert (backend.asked, running.closed) == ([], None)
    await clock.go(17)
    assert (backend.asked, running.closed) == ([1], code)
    if code is None:
        await clock.go(61)
        assert backend.asked == [1, 1]
        await running.leave()


async def test_facts_that_have_changed_are_taken_over(paper: Paper) -> None:
    clock, backend = Clockwork(), Rows()
    running = await runs("header", backend, clock, token="1", recheck=60)
    backend.now[1] = Identity(Row(1), START + 500, START)
    await clock.go(61)
    assert running.connection.auth.expires_at == START + 500
    await clock.go(500)
    assert running.closed == 4419


async def test_a_backend_that_fails_ends_nothing(paper: Paper, caplog: pytest.LogCaptureFixture) -> None:
    clock, backend = Clockwork(), Rows()
    backend.away = OSError("a password")
    running = await runs("header", backend, clock, token="1", recheck=60)
    await clock.go(200)
    assert 3 <= len(backend.asked) <= 4  # each time after 45 to 60 s
    assert running.closed is None
    assert "password" not in caplog.text
    await running.leave()


async def test_switched_off_nobody_is_asked(paper: Paper) -> None:
    clock, backend = Clockwork(), Rows()
    running = await runs("header", backend, clock, token="1", recheck=None)
    await clock.go(500)
    assert backend.asked == []
    await running.leave()


async def test_who_is_in_the_grace_is_not_asked_for(paper: Paper) -> None:
    clock = Clockwork()
    backend = Rows()
    backend.answer = lambda token: Identity(Row(1), START + 30, START)
    running = await runs("header", backend, clock, expiry_grace=100, recheck=60)
    await clock.go(61)
    assert backend.asked == []
    await running.leave()


async def test_who_expires_while_being_asked_for_has_the_grace(paper: Paper) -> None:
    clock = Clockwork()

    class Slow(Rows):
        async def recheck(self, identities: Any) -> Any:
            clock._now = START + 61  # the credential ends before the answer is there
            self.asked.append(len(identities))
            return [Refused(Reason.INVALID) for _ in identities]

    backend = Slow()
    backend.answer = lambda token: Identity(Row(1), START + 61, START)
    running = await runs("header", backend, clock, expiry_grace=25, recheck=60)
    await clock.go(60)
    assert (backend.asked, running.closed) == ([1], None)
    await clock.go(26)
    assert running.closed == 4419


async def test_who_was_renewed_meanwhile_is_not_judged_by_the_old(paper: Paper) -> None:
    clock, backend = Clockwork(), Rows()
    running = await runs("header", backend, clock, token="1", recheck=60)
    connection = running.connection

    async def meanwhile(identities: Any) -> Any:
        connection.renew(replace(connection.identity, token_id="fresh"))
        return [Refused(Reason.INVALID)]

    backend.recheck = meanwhile  # type: ignore[method-assign]
    await clock.go(61)
    assert running.closed is None
    await running.leave()


@pytest.mark.parametrize("now", [Identity(Row(1), START + 500, START), Refused(Reason.INVALID)], ids=["holds", "over"])
async def test_who_leaves_while_being_asked_for_is_gone(paper: Paper, now: Any) -> None:
    clock, backend = Clockwork(), Rows()
    running = await runs("header", backend, clock, token="1", recheck=60)
    connection = running.connection

    async def meanwhile(identities: Any) -> Any:
        await running.leave()
        return [now]

    backend.recheck = meanwhile  # type: ignore[method-assign]
    await clock.go(61)
    assert (connection.ended, connection._timer, len(running.hub)) == (None, None, 0)


@pytest.mark.parametrize("answers", [[], [1, 2], None, [None]], ids=str)
async def test_a_backend_that_answers_nonsense_ends_nothing(paper: Paper, answers: Any) -> None:
    clock, backend = Clockwork(), Rows()
    running = await runs("header", backend, clock, token="1", recheck=60)

    async def nonsense(identities: Any) -> Any:
        return answers

    backend.recheck = nonsense  # type: ignore[method-assign]
    await clock.go(61)
    paper.entries.append(decided(user="1"))
    await clock.go(POLL)
    assert running.closed == 4410, "and the journal is read as before"


async def test_a_backend_that_never_answers_is_given_up(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PATIENCE", 0.02)
    clock, backend = Clockwork(), Rows()
    running = await runs("header", backend, clock, token="1", recheck=60)
    asked = asyncio.Event()

    async def never(identities: Any) -> Any:
        asked.set()
        await asyncio.Event().wait()

    backend.recheck = never  # type: ignore[method-assign]
    await clock.go(61)
    await asked.wait()
    await asyncio.sleep(0.05)
    paper.entries.append(decided(user="1"))
    await clock.go(POLL)
    assert running.closed == 4410


async def test_many_are_asked_for_together_but_not_all_at_once(paper: Paper) -> None:
    clock, backend = Clockwork(), Rows()
    several = [await runs("header", backend, clock, token=str(number), recheck=60) for number in range(300)]
    await clock.go(61)
    assert sum(backend.asked) == 300
    assert 2 <= len(backend.asked) <= 6, "a handful of questions, spread over time"
    for running in several:
        running.server.leave()
    await asyncio.gather(*(running.ended() for running in several))


def test_questions_are_bounded() -> None:
    class One:
        ended = None
        life = None
        backend = object()

    chunks = [len(some) for _, some in watch._by_backend([One() for _ in range(LARGEST + 1)])]  # type: ignore[misc]
    assert chunks == [LARGEST, 1]


@pytest.mark.django_db(transaction=True)
async def test_the_real_journal_is_read() -> None:
    clock = Clockwork()
    running = await runs("header", Rows(), clock, token="1")
    await sync_to_async(journal.write)([decided(user="1")])
    running.hub.nudge()
    await running.ended()
    assert running.closed == 4410
