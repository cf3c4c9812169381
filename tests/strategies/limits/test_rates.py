"""Counting over time: in this process, on Redis, and what becomes of it while Redis is away."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.services.redis import Redis
from strategies.limits import rates as subject
from strategies.limits.rates import PATIENCE, Rate, Rates

NOBODY = "redis://127.0.0.1:1/0"
"""A port at which nothing listens."""
MINUTE = Rate(3, 60)
unique = iter(range(10**9))


@asynccontextmanager
async def counting(url: str) -> AsyncIterator[Rates]:
    """Rates whose connections are closed at the end, as a process's are when it ends."""
    rates = Rates(url)
    try:
        yield rates
    finally:
        for here in rates._here.values():
            storage: Any = here.shared.storage if here.shared is not None else None
            if storage is not None:
                await storage.bridge.storage.aclose()


@pytest.fixture
def fresh() -> str:
    """A key that nobody has counted."""
    return f"{time.time()}-{next(unique)}"


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine even a storage that is well can be slow."""
    monkeypatch.setattr(subject, "PATIENCE", 30.0)


@pytest.fixture(params=["memory", "redis"])
def url(request: pytest.FixtureRequest, patient: None) -> str:
    return "memory://" if request.param == "memory" else request.getfixturevalue("redis").url


async def until(full: bool, rates: Rates, rate: Rate, *key: str) -> None:
    async with asyncio.timeout(20):
        while (await rates.full(rate, *key) is not None) is not full:  # noqa: ASYNC110  the window ends by itself
            await asyncio.sleep(0.02)


# ── the notation ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "amount", "seconds"),
    [("60/minute", 60, 60), ("1/s", 1, 1), ("5/sec", 5, 1), ("30/min", 30, 60), ("7/m", 7, 60), ("9/hour", 9, 3_600),
     ("2/day", 2, 86_400)],
)  # fmt: skip
def test_a_rate_is_read(text: str, amount: int, seconds: int) -> None:
    assert Rate.read(text) == Rate(amount, seconds)


@pytest.mark.parametrize(
    "text", ["", "60", "0/min", "-1/min", "60/minutes", "60 / min", "60/5min", "\u0661/min", 60, None]
)
def test_anything_else_is_none(text: Any) -> None:
    with pytest.raises(ValueError, match="is no rate; write a number per s, min, hour or day"):
        Rate.read(text)


@given(st.text())
def test_no_text_is_read_by_accident(text: str) -> None:
    try:
        rate = Rate.read(text)
    except ValueError:
        return
    assert rate.amount > 0
    assert text.startswith(f"{rate.amount}/")


# ── counting ─────────────────────────────────────────────────────────────────────────────────────


async def test_counts_up_to_the_rate_and_says_how_long_to_wait(url: str, fresh: str) -> None:
    async with counting(url) as rates:
        for _ in range(3):
            assert await rates.full(MINUTE, "failures", fresh) is None
            assert await rates.count(MINUTE, "failures", fresh) is None
        for ask in (rates.full, rates.count):
            wait = await ask(MINUTE, "failures", fresh)
            assert wait is not None
            assert 1 <= wait <= 60
            assert wait == int(wait)


async def test_keys_and_rates_are_apart(url: str, fresh: str) -> None:
    one = Rate(1, 60)
    async with counting(url) as rates:
        assert await rates.count(one, "failures", fresh) is None
        assert await rates.full(one, "failures", fresh) is not None
        assert await rates.full(one, "connects", fresh) is None
        assert await rates.full(one, "failures", f"{fresh}0") is None
        assert await rates.full(MINUTE, "failures", fresh) is None


async def test_a_window_ends(url: str, fresh: str) -> None:
    second = Rate(1, 1)
    async with counting(url) as rates:
        await rates.count(second, fresh)
        await until(False, rates, second, fresh)
        assert await rates.count(second, fresh) is None


async def test_processes_count_together_on_redis(redis: Redis, patient: None, fresh: str) -> None:
    async with counting(redis.url) as one, counting(redis.url) as other:
        for rates in (one, other, one):
            await rates.count(MINUTE, fresh)
        assert await other.full(MINUTE, fresh) is not None


async def test_many_at_once_on_redis_are_all_counted_over_few_connections(
    redis: Redis, patient: None, fresh: str
) -> None:
    async with counting(redis.url) as rates:
        answers = await asyncio.gather(*(rates.count(Rate(100, 600), fresh) for _ in range(300)))
        assert answers.count(None) == 100
        (here,) = rates._here.values()
        assert here.shared is not None
        pool = here.shared.storage.bridge.storage.connection_pool  # type: ignore[attr-defined]
        assert len(pool._available_connections) + len(pool._in_use_connections) <= subject.AT_ONCE


def test_each_event_loop_has_its_own_connections_and_none_is_kept(redis: Redis, patient: None, fresh: str) -> None:
    rates = Rates(redis.url)

    async def count() -> float | None:
        found = await rates.count(Rate(1, 60), fresh)
        (here,) = (one for loop, one in rates._here.items() if not loop.is_closed())
        assert here.shared is not None
        await here.shared.storage.bridge.storage.aclose()  # type: ignore[attr-defined]
        return found

    assert asyncio.run(count()) is None
    assert asyncio.run(count()) is not None
    assert len(rates._here) == 1


async def test_counting_in_this_process_stays_cheap_when_many_are_counted(fresh: str) -> None:
    """What is looked through for one key is a small part of what is held."""
    async with counting("memory://") as rates:

        async def count(number: int) -> None:
            await rates.count(MINUTE, "failures", f"{fresh}-{number}")
            await asyncio.sleep(0)  # the storage looks through what it holds in a task of its own

        for number in range(5_000):
            await count(number)
        (here,) = rates._here.values()
        held = [len(one.storage.expirations) for one in here._own]  # type: ignore[attr-defined]
        assert sum(held) == 5_000
        assert max(held) < 5_000 / subject.SHELVES * 4


# ── a storage that is away ───────────────────────────────────────────────────────────────────────


async def test_nobody_is_locked_out_by_a_storage_that_is_away_but_counting_goes_on(
    fresh: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with counting(NOBODY) as rates:
        for _ in range(3):
            assert await rates.count(MINUTE, fresh) is None
        assert await rates.full(MINUTE, fresh) is not None
    (said,) = [one for one in caplog.records if one.name == "wsauth"]
    assert (said.levelno, said.getMessage().count("LIMITS")) == (logging.WARNING, 1)
    assert "127.0.0.1" not in said.getMessage()


@pytest.fixture
def stopped(redis: Redis) -> Iterator[Redis]:
    """A Redis that is there and doesn't answer."""
    redis.stop()
    try:
        yield redis
    finally:
        redis.resume()


async def test_a_storage_that_hangs_is_waited_for_once(stopped: Redis, fresh: str) -> None:
    async with counting(stopped.url) as rates:
        began = time.monotonic()
        await rates.count(MINUTE, fresh)
        first = time.monotonic() - began
        assert first >= PATIENCE * 0.9
        began = time.monotonic()
        for _ in range(20):
            await rates.full(MINUTE, fresh)
        assert time.monotonic() - began < 20 * PATIENCE


async def test_it_is_asked_again_when_it_is_back(
    redis: Redis, fresh: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(subject, "REST", 0.0)
    async with counting(redis.url) as rates, counting(redis.url) as other:
        redis.stop()
        try:
            await rates.count(Rate(1, 60), fresh)
        finally:
            redis.resume()
        monkeypatch.setattr(subject, "PATIENCE", 30.0)
        await other.count(Rate(1, 60), fresh)
        await until(True, rates, Rate(1, 60), fresh)
    assert [one.getMessage().partition(":")[2] for one in caplog.records if one.name == "wsauth"][-1:] == [
        " it works again"
    ]


async def test_who_is_cancelled_while_it_waits_is_cancelled(stopped: Redis, fresh: str) -> None:
    async with counting(stopped.url) as rates:
        asking = asyncio.create_task(rates.count(MINUTE, fresh))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        (here,) = rates._here.values()
        assert not here.turn.locked()


# ── what can't count ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("storage", "said"),
    [
        ("hunter2", "STORAGE has the scheme ''; known are memory://, redis://, rediss://, unix://"),
        (None, "STORAGE has the scheme ''"),
        ("mongodb://ada:hunter2@host", "STORAGE has the scheme 'mongodb'"),
    ],
)
def test_an_unknown_storage_is_named_without_its_password(storage: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        Rates(storage)
    assert "hunter2" not in str(caught.value)


def test_a_url_that_cannot_be_read_is_not_repeated() -> None:
    rates = Rates("redis://:hunter2@host:port/0")
    with pytest.raises(ValueError, match=r"STORAGE: redis:// can't be used, .*: check the URL") as caught:
        rates.check()
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(rates)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("storage", ["memory://", NOBODY, "rediss://127.0.0.1:1/0", "unix:///nowhere/redis.sock"])
def test_what_is_well_written_passes_before_anybody_is_asked(storage: str) -> None:
    Rates(storage).check()


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "limits.aio.strategies", None)
    with pytest.raises(ValueError, match="the package 'limits', which is missing: install the extra"):
        Rates("memory://").check()


def test_a_missing_client_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ValueError, match="that the package 'redis' is installed"):
        Rates(NOBODY).check()
