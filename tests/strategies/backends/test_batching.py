"""Lookups that gather: every asker gets its own answer, whatever becomes of the others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st

from strategies.backends.batching import LARGEST, Batcher, Fetched
from strategies.refusal import Reason, Refused


class Recorder:
    """Work that notes its batches and can be held up inside the first one."""

    def __init__(self, *, held: bool = False) -> None:
        self.batches: list[list[int]] = []
        self.entered = threading.Event()
        self.release = threading.Event()
        if not held:
            self.release.set()

    def __call__(self, items: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(items))
        self.entered.set()
        self.release.wait(10)
        return [KeyError(item) if item < 0 else item * 10 for item in items]


async def gathered(work: Recorder, items: Sequence[int]) -> list[int | BaseException]:
    """Asks for the first item, and for the others while its lookup is in flight."""
    batcher: Batcher[int, int] = Batcher(work)
    first = asyncio.ensure_future(batcher(items[0]))
    await asyncio.to_thread(work.entered.wait, 10)
    others = [asyncio.ensure_future(batcher(item)) for item in items[1:]]
    await asyncio.sleep(0)
    work.release.set()
    return await asyncio.gather(first, *others, return_exceptions=True)


async def test_what_asks_during_a_lookup_goes_out_together() -> None:
    work = Recorder(held=True)
    assert await gathered(work, [1, 2, 3, 4]) == [10, 20, 30, 40]
    assert work.batches == [[1], [2, 3, 4]]


async def test_a_lone_lookup_goes_out_at_once() -> None:
    work = Recorder()
    batcher: Batcher[int, int] = Batcher(work)
    assert [await batcher(1), await batcher(1)] == [10, 10]
    assert work.batches == [[1], [1]], "nothing is kept from one lookup to the next"


async def test_a_batch_is_bounded_and_first_come_first_served() -> None:
    work = Recorder(held=True)
    items = list(range(1, 2 * LARGEST + 2))
    assert await gathered(work, items) == [item * 10 for item in items]
    assert work.batches == [[1], items[1 : LARGEST + 1], items[LARGEST + 1 :]]


async def test_an_items_own_exception_is_its_own() -> None:
    answers = await gathered(Recorder(held=True), [1, -2, 3])
    assert (answers[0], answers[2]) == (10, 30)
    assert isinstance(answers[1], KeyError)


async def test_who_stops_waiting_is_not_looked_up() -> None:
    work = Recorder(held=True)
    batcher: Batcher[int, int] = Batcher(work)
    first = asyncio.ensure_future(batcher(1))
    await asyncio.to_thread(work.entered.wait, 10)
    leaver, stayer = asyncio.ensure_future(batcher(2)), asyncio.ensure_future(batcher(3))
    await asyncio.sleep(0)
    leaver.cancel()
    await asyncio.wait([leaver])
    work.release.set()
    assert (await first, await stayer) == (10, 30)
    assert work.batches == [[1], [3]]


async def test_the_asker_of_the_lookup_in_flight_may_leave() -> None:
    work = Recorder(held=True)
    batcher: Batcher[int, int] = Batcher(work)
    first = asyncio.ensure_future(batcher(1))
    await asyncio.to_thread(work.entered.wait, 10)
    second = asyncio.ensure_future(batcher(2))
    await asyncio.sleep(0)
    first.cancel()
    work.release.set()
    assert await second == 20


class Fails:
    """Work that can't be done in company of a bad item."""

    def __init__(self, error: type[Exception]) -> None:
        self.error = error
        self.calls = 0

    def __call__(self, items: Sequence[int]) -> list[int | Exception]:
        self.calls += 1
        if -1 in items:
            raise self.error("bad")
        return list(items)


def answers(work: Fails, items: Sequence[int]) -> Sequence[int | Exception]:
    return Batcher(work)._isolated(items)


def test_a_bad_item_fails_alone() -> None:
    good, bad, also_good = answers(Fails(ValueError), [1, -1, 2])
    assert (good, also_good) == (1, 2)
    assert isinstance(bad, ValueError)


@given(st.lists(st.integers(0, 99), min_size=1, max_size=LARGEST), st.data())
def test_a_bad_item_costs_the_others_little(good: list[int], data: st.DataObject) -> None:
    """Twice the depth of a tree of halves, wherever it is."""
    at = data.draw(st.integers(0, len(good) - 1))
    items = [*good[:at], -1, *good[at + 1 :]]
    work = Fails(ValueError)
    found = answers(work, items)
    assert [one for one in found if not isinstance(one, Exception)] == [*good[:at], *good[at + 1 :]]
    assert work.calls <= 1 + 2 * (len(items) - 1).bit_length()


def test_a_database_that_is_away_fails_all_after_one_try() -> None:
    work = Fails(OperationalError)
    found = answers(work, [1, -1, 2])
    assert work.calls == 1
    assert all(isinstance(one, OperationalError) for one in found)
    assert len({id(one) for one in found}) == 3, "an exception carries a traceback: each its own"


async def test_a_loop_that_shuts_down_leaves_nobody_waiting() -> None:
    work = Recorder(held=True)
    batcher: Batcher[int, int] = Batcher(work)
    asker = asyncio.ensure_future(batcher(1))
    await asyncio.to_thread(work.entered.wait, 10)
    others = [task for task in asyncio.all_tasks() if "_drain" in repr(task.get_coro())]
    for task in others:
        task.cancel()
    work.release.set()
    with pytest.raises(asyncio.CancelledError):
        await asker


def test_each_loop_has_its_own_queue() -> None:
    batcher: Batcher[int, int] = Batcher(Recorder())
    assert [asyncio.run(_ask(batcher, item)) for item in (1, 2)] == [10, 20]


async def _ask(batcher: Batcher[int, int], item: int) -> int:
    return await batcher(item)


# ── under a flood ────────────────────────────────────────────────────────────────────────────────

GOOD, STRANGER, POISON = 1, -1, 0


class Flood:
    """A batcher whose batches are done one at a time, when they are told to: what is counted is batches, not time."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self._turn = asyncio.Semaphore(0)
        self._batcher: Batcher[int, int] = Batcher(self._work, self._in_turn)
        self.asking: list[asyncio.Future[int]] = []

    def _work(self, items: Sequence[int]) -> list[int | Exception]:
        if POISON in items:
            raise ValueError("unreadable")
        return [Refused(Reason.INVALID) if item < 0 else item * 10 for item in items]

    def _in_turn(self, work: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
        async def run(items: Sequence[int]) -> Any:
            self.batches.append(list(items))
            await self._turn.acquire()
            return work(items)

        return run

    async def asks(self, *items: int) -> list[asyncio.Future[int]]:
        asked = [asyncio.ensure_future(self._batcher(item)) for item in items]
        self.asking += asked
        await settled()
        return asked

    async def turn(self) -> None:
        """One batch is done, and the next one goes out."""
        self._turn.release()
        await settled()

    async def ends(self) -> None:
        while not all(one.done() for one in self.asking):
            await self.turn()
        for one in self.asking:
            with suppress(Refused, ValueError, asyncio.CancelledError):
                one.result()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


floods = st.lists(st.sampled_from([STRANGER, STRANGER - 1, STRANGER - 2, POISON]), max_size=5 * LARGEST)


@given(floods, st.integers(0, LARGEST))
def test_a_good_key_waits_for_those_who_came_before_and_for_nobody_else(ahead: list[int], later: int) -> None:
    """Whether they are of one key or of many, good, unknown or unreadable, and however many come while it waits."""

    async def floods() -> None:
        flood = Flood()
        await flood.asks(STRANGER)  # in flight
        await flood.asks(*ahead)
        (good,) = await flood.asks(GOOD)
        waited = 0
        while not good.done():
            assert waited < 1 + len(ahead) // LARGEST + 1
            await flood.asks(*[STRANGER] * later)
            await flood.turn()
            waited += 1
        assert await good == 10
        await flood.ends()
        assert max(map(len, flood.batches)) <= LARGEST

    asyncio.run(floods())


@given(st.integers(0, 5 * LARGEST), st.data())
def test_who_gave_up_costs_no_batch(strangers: int, data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, strangers))

    async def floods() -> None:
        flood = Flood()
        await flood.asks(STRANGER)
        asked = await flood.asks(*[STRANGER] * strangers)
        (good,) = await flood.asks(GOOD)
        for one in asked[:gone]:
            one.cancel()
        await settled()
        waited = 0
        while not good.done():
            await flood.turn()
            waited += 1
        assert waited == 1 + (strangers - gone) // LARGEST + 1
        await flood.ends()
        assert sum(map(len, flood.batches)) == 1 + strangers - gone + 1

    asyncio.run(floods())


@given(st.lists(st.integers(-5, 50), min_size=1, max_size=60))
def test_every_asker_gets_the_answer_to_its_own_question(items: list[int]) -> None:
    found = asyncio.run(gathered(Recorder(held=True), items))
    for item, answer in zip(items, found, strict=True):
        assert answer == item * 10 if item >= 0 else isinstance(answer, KeyError)


def test_fetched_rows_answer_a_packages_lookup_with_an_object_each() -> None:
    rows = Fetched([SimpleNamespace(key="a", user=SimpleNamespace())], "key")
    one = rows.objects.select_related("user").get(key="a")
    other = rows.objects.get(key="a")
    assert one == other
    assert one is not other
    assert one.user is not other.user
    with pytest.raises(ObjectDoesNotExist):
        rows.get(key="b")


async def test_several_are_answered_together_and_what_fails_alone_cannot_be_told() -> None:
    def work(items: Sequence[int]) -> list[int]:
        if 3 in items:
            raise ValueError("unreadable")
        return list(items)

    def away(items: Sequence[int]) -> list[int]:
        raise OperationalError("away")

    answers = await Batcher(work, in_the_loop).together([1, 2, 3, 4])
    assert [str(one) for one in answers] == ["1", "2", "unavailable", "4"]
    refused = Refused(Reason.INVALID)
    assert await Batcher(lambda items: [refused, *items[1:]], in_the_loop).together([1, 2]) == [refused, 2]
    with pytest.raises(OperationalError):
        await Batcher(away, in_the_loop).together([1, 2])


def in_the_loop(work: Any) -> Any:
    async def run(*arguments: Any) -> Any:
        return work(*arguments)

    return run
