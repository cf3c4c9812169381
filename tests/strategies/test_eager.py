"""A begun coroutine against a plainly awaited one: the same results, errors and cancellations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.eager import Started

VARIABLE: ContextVar[str] = ContextVar("variable")
Work = Callable[[list[str]], Coroutine[Any, Any, str]]
STEPS = st.lists(st.sampled_from(["turn", "answer", "fail", "pause"]), max_size=6)


def work(steps: list[str]) -> Work:
    """Waits for what its steps say, and notes what came of each."""

    async def does(seen: list[str]) -> str:
        loop = asyncio.get_running_loop()
        for step in steps:
            future = loop.create_future()
            if step == "answer":
                loop.call_soon(future.set_result, "answer")
                seen.append(await future)
            elif step == "fail":
                loop.call_soon(future.set_exception, LookupError("fail"))
                try:
                    await future
                except LookupError as error:
                    seen.append(str(error))
            else:
                await asyncio.sleep(0 if step == "turn" else 0.001)
        return "result"

    return does


async def begun(does: Work, seen: list[str], context: Context | None = None) -> str:
    started = Started(does(seen), context)
    return await started if started.waits else started.result


@given(STEPS, st.booleans())
async def test_it_comes_to_the_same(steps: list[str], apart: bool) -> None:
    plain: list[str] = []
    seen: list[str] = []
    assert await begun(work(steps), seen, copy_context() if apart else None) == await work(steps)(plain)
    assert seen == plain


@pytest.mark.parametrize("steps", [[], ["turn", "fail", "answer"]], ids=["at once", "later"])
@pytest.mark.parametrize("apart", [True, False], ids=["in its own context", "in ours"])
async def test_what_it_sets_in_a_context_of_its_own_stays_there(steps: list[str], apart: bool) -> None:
    async def sets(seen: list[str]) -> str:
        VARIABLE.set("first")
        await work(steps)(seen)
        assert VARIABLE.get() == "first"
        VARIABLE.set("second")
        return "result"

    VARIABLE.set("ours")
    assert await begun(sets, [], copy_context() if apart else None) == "result"
    assert VARIABLE.get() == ("ours" if apart else "second")


async def test_what_never_waits_is_through_at_once() -> None:
    started = Started(work([])([]))
    assert (started.waits, started.result) == (False, "result")


@pytest.mark.parametrize("steps", [[], ["turn"]], ids=["at once", "later"])
async def test_an_error_is_raised_as_it_is(steps: list[str]) -> None:
    async def fails(seen: list[str]) -> str:
        await work(steps)(seen)
        raise ValueError("as it is")

    with pytest.raises(ValueError, match="as it is"):
        await begun(fails, [])


async def test_a_cancellation_arrives_inside() -> None:
    seen: list[str] = []

    async def waits(seen: list[str]) -> str:
        try:
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]
        finally:
            seen.append("left")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await begun(waits, seen)
    assert seen == ["left"]
