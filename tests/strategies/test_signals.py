"""Nobody listens: nothing is done. Somebody fails: nothing is stopped."""

from __future__ import annotations

from typing import Any

from strategies import signals


async def test_announces_to_functions_and_coroutines_and_survives_a_failing_one() -> None:
    told: list[Any] = []

    def plain(**facts: Any) -> None:
        told.append(facts["path"])

    async def awaited(**facts: Any) -> None:
        told.append(facts["path"])

    def failing(**facts: Any) -> None:
        raise ZeroDivisionError

    signal = signals.connection_refreshed
    for receiver in (plain, awaited, failing):
        signal.connect(receiver)
    try:
        await signals.announce(signal, path="/ws/")
    finally:
        assert all(signal.disconnect(receiver) for receiver in (plain, awaited, failing))
    assert told == ["/ws/"] * 2


async def test_without_receivers_nothing_is_sent() -> None:
    assert not signals.connection_expired.receivers
    await signals.announce(signals.connection_expired, path="/ws/")
