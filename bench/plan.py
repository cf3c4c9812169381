"""What one comparison does: its size, its pairs, its server. Reads nothing but its arguments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any, Protocol, TypeVar

from strategies.registry import Pair

USERS = 200
"""Users with credentials of every backend in the run, taken in turn by the measurements."""
AT_ONCE = 32
"""Cases on the wire at a time: enough that those which wait for a deadline hide behind the others."""


class UnknownPair(ValueError):
    """A pair or pattern that names nothing; the message names it and what there is."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. The cases are always all run."""

    name: str
    rounds: int
    """Rounds in which every contender authenticates once."""
    refusals: int
    """Rounds in which every pair refuses each kind of bad credential once."""
    warm_up: int = 20
    """Rounds before the first that counts, of either sort."""
    resamples: int = 1_000
    """Bootstrap resamples behind each interval."""


SIZES = {
    "quick": Size("quick", rounds=100, refusals=20, warm_up=5, resamples=500),
    "default": Size("default", rounds=200, refusals=100),
    "full": Size("full", rounds=1_000, refusals=200, warm_up=100, resamples=2_000),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """One comparison."""

    size: Size
    pairs: tuple[Pair, ...]
    server: str
    seed: int

    def parameters(self) -> dict[str, Any]:
        """For the results."""
        policy = self.pairs[0].policy
        return {
            "size": self.size.name,
            "server": self.server,
            "seed": self.seed,
            "pairs": _keys(self.pairs),
            "users": USERS,
            "at_once": AT_ONCE,
            **{name: value for name, value in asdict(self.size).items() if name != "name"},
            "deadline": policy.deadline,
            "handshake_deadline": policy.handshake_deadline,
        }


class Keyed(Protocol):
    """Has the key of a pair, as a pair has and what was measured of one."""

    @property
    def key(self) -> str: ...


Named = TypeVar("Named", bound=Keyed)


def select(pairs: Sequence[Named], wanted: str | None) -> tuple[Named, ...]:
    """The pairs that a comma list of keys and `fnmatch` patterns names, in their own order; all for None.

    Raises `UnknownPair` for the first entry that names nothing.
    """
    if wanted is None:
        return tuple(pairs)
    patterns = [entry.strip() for entry in wanted.split(",")]
    for pattern in patterns:
        if not any(fnmatchcase(pair.key, pattern) for pair in pairs):
            raise UnknownPair(f"no pair {pattern!r}; choose from: {', '.join(_keys(pairs))}")
    return tuple(pair for pair in pairs if any(fnmatchcase(pair.key, one) for one in patterns))


def _keys(pairs: Iterable[Keyed]) -> list[str]:
    return [pair.key for pair in pairs]
