"""Who has to wait waits, for that long and no longer; who is not meant is not, and nobody is kept for ever."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from strategies.limits import barred as subject
from strategies.limits.barred import Barred

ADDRESSES = ["192.0.2.1", "192.0.2.2", "2001:db8::/64"]


class Waiting(RuleBasedStateMachine):
    """Addresses are barred while time goes by, and a plain dict says until when."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000.0
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(subject.time, "monotonic", lambda: self.now)
        self.patch.setattr(subject, "_CLEARED_AT", 2)
        self.barred = Barred()
        self.until: dict[str, float] = {}

    def teardown(self) -> None:
        self.patch.undo()

    @rule(address=st.sampled_from(ADDRESSES), seconds=st.integers(1, 60))
    def bars(self, address: str, seconds: int) -> None:
        self.barred.bar(address, seconds)
        self.until[address] = self.now + seconds

    @rule(seconds=st.floats(0, 40))
    def passes(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def waits(self) -> None:
        for address in ADDRESSES:
            left = self.until.get(address, 0) - self.now
            found = self.barred.wait(address)
            assert (found is None) is (left <= 0)
            assert found is None or left <= found < left + 1
        assert len(self.barred) <= sum(until > self.now for until in self.until.values())


TestWaiting = Waiting.TestCase


def test_addresses_that_never_come_back_are_cleared_away(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(subject.time, "monotonic", lambda: now[0])
    barred = Barred()
    for number in range(5_000):
        now[0] = float(number)
        barred.bar(f"2001:db8:{number:x}::/64", 10)
    assert len(barred) <= subject._CLEARED_AT


def test_whoever_has_waited_is_forgotten_when_asked_about() -> None:
    barred = Barred()
    barred.bar("192.0.2.1", 0)
    assert barred.wait("192.0.2.1") is None
    assert len(barred) == 0
