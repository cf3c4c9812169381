"""Who enters leaves: no count is ever negative, over its limit, or left behind."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from strategies.limits.occupancy import Occupancy
from strategies.refusal import Reason, Refused

ADDRESSES = st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::/64", ""])
LIMIT = st.none() | st.integers(1, 5)


class Coming(RuleBasedStateMachine):
    """Strangers come and go in any order, and a plain list says who is there."""

    @initialize(most=LIMIT, most_of_one=LIMIT)
    def opens(self, most: int | None, most_of_one: int | None) -> None:
        self.most, self.most_of_one = most, most_of_one
        self.occupancy = Occupancy(most, most_of_one)
        self.inside: list[str] = []

    @rule(address=ADDRESSES)
    def enters(self, address: str) -> None:
        expected = None
        if self.most is not None and len(self.inside) >= self.most:
            expected = Reason.UNAVAILABLE
        if self.most_of_one is not None and self.inside.count(address) >= self.most_of_one:
            expected = Reason.RATE_LIMITED  # who is at fault itself is told so
        if expected is None:
            self.occupancy.enter(address)
            self.inside.append(address)
        else:
            with pytest.raises(Refused) as caught:
                self.occupancy.enter(address)
            assert caught.value.reason is expected

    @rule(pick=st.integers(0, 100))
    def leaves(self, pick: int) -> None:
        if self.inside:
            self.occupancy.leave(self.inside.pop(pick % len(self.inside)))

    @invariant()
    def counts_who_is_there(self) -> None:
        assert len(self.occupancy) == len(self.inside)
        assert self.occupancy._of == Counter(self.inside), "and keeps nothing of who has left"


TestComing = Coming.TestCase


def test_threads_lose_no_count() -> None:
    occupancy = Occupancy(None, None)

    def comes_and_goes() -> None:
        for _ in range(5_000):
            occupancy.enter("192.0.2.1")
            occupancy.leave("192.0.2.1")

    threads = [threading.Thread(target=comes_and_goes) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (len(occupancy), occupancy.of("192.0.2.1"), occupancy._of) == (0, 0, {})
