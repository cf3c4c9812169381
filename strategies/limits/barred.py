"""Who has to wait, and until when: what this process knows without asking anybody."""

from __future__ import annotations

import math
import time

_CLEARED_AT = 1_024
"""Addresses from which on those that have waited long enough are cleared away."""


class Barred:
    """Addresses that are not let in for a while. Rule: a look-up costs the same however many there are."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._until)

    def bar(self, address: str, seconds: float) -> None:
        now = time.monotonic()
        if len(self._until) >= _CLEARED_AT:
            self._until = {one: until for one, until in self._until.items() if until > now}
        self._until[address] = now + seconds

    def wait(self, address: str) -> float | None:
        """Whole seconds, at least one, that are left; None where nobody has to wait."""
        until = self._until.get(address)
        if until is None:
            return None
        left = until - time.monotonic()
        if left > 0:
            return math.ceil(left)
        self._until.pop(address, None)
        return None
