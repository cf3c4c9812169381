"""How many are being verified at once: what a flood of strangers can occupy.

Counted in this process, since what a crashed one had counted elsewhere would stay there. Rule: who enters leaves.
"""

from __future__ import annotations

from threading import Lock

from ..refusal import Reason, Refused


class Occupancy:
    """Places for strangers, all together and of each address; None: as many as come."""

    def __init__(self, most: int | None, most_of_one: int | None) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._lock = Lock()  # event loops in several threads may share one
        self._total = 0
        self._of: dict[str, int] = {}

    def __len__(self) -> int:
        return self._total

    def of(self, address: str) -> int:
        return self._of.get(address, 0)

    def enter(self, address: str) -> None:
        """Takes a place. Raises `Refused`: RATE_LIMITED where it is the address that has too many, else UNAVAILABLE."""
        with self._lock:
            present = self._of.get(address, 0)
            if self._most_of_one is not None and present >= self._most_of_one:
                raise Refused(Reason.RATE_LIMITED)
            if self._most is not None and self._total >= self._most:
                raise Refused(Reason.UNAVAILABLE)
            self._total += 1
            self._of[address] = present + 1

    def leave(self, address: str) -> None:
        """Gives back a place that `enter` has taken."""
        with self._lock:
            self._total -= 1
            self._of[address] -= 1
            if not self._of[address]:
                del self._of[address]
