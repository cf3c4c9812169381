"""What a simulated reconnect storm begins with, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bench.statistics import percentile
from bench.worker import BACKLOG
from core.services.daphne import HANDSHAKE_SECONDS
from strategies.backends.batching import LARGEST

BEFORE = {"daphne": 0.75, "uvicorn": 0.35}
"""Share of a handshake's work that an event loop does for everybody who waits before it finishes the first.
Read off real storms of 1,000 at once, where it is the time of the first proof over that of the last."""
DEADLINE = {"daphne": HANDSHAKE_SECONDS, "uvicorn": None}
"""Seconds after which a server itself gives up a handshake, as it is started here."""

CROWD = 20_000
"""Clients from which only some of the processes are simulated."""

LARGEST_CROWD = 100_000
"""Clients of one process that are simulated at most: a minute's work or so."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everybody was thrown out at time zero. Times in seconds. Raises `ValueError` for what can't be."""

    clients: int
    processes: int
    cpu: float
    """Of a handshake, on average."""
    query: float = 0.0
    """From asking the database to its answer; zero for a verification that asks nobody."""
    batch: int = LARGEST
    """Lookups that go out as one at most."""
    before: float = 0.5
    variation: float = 0.0
    """Standard deviation of a handshake's processor time over its mean."""
    backlog: int = BACKLOG
    """Connections that wait to be accepted; the kernel drops the next one's SYN. Its `net.core.somaxconn`, which caps a
    real server's, is not known here."""
    deadline: float | None = None
    """From being accepted to the identity: whom a process keeps longer, it refuses."""
    jitter: float = 0.0
    """Clients come back at a random moment within it; all in the same instant for zero."""
    backoff: float = 1.0
    """Before a second attempt, doubled for each further one; with jitter a random part of it."""
    longest_backoff: float = 60.0
    patience: float = 20.0
    """After which a client gives up an attempt."""
    attempts: int = 10
    """After which it gives up."""
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("clients", "processes", "cpu", "batch", "backlog", "patience", "attempts"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)!r}")
        if not 0 <= self.before <= 1:
            raise ValueError(f"before is a share, not {self.before!r}")
        if min(self.query, self.variation, self.jitter, self.backoff, self.longest_backoff) < 0:
            raise ValueError("query, variation, jitter and backoff can't be below 0")

    def excerpt(self, crowd: int = CROWD) -> Scenario:
        """As many whole processes as have about `crowd` clients, one at least: none of them waits for another."""
        processes = min(self.processes, max(1, int(self.processes * crowd / self.clients)))
        clients = max(1, round(self.clients * processes / self.processes))
        return replace(self, processes=processes, clients=clients)


@dataclass(slots=True)
class Outcome:
    """What came of it; filled in while it runs."""

    clients: int
    seconds: list[float] = field(default_factory=list, repr=False)
    """From a client's first attempt to its identity."""
    recovery: float = 0.0
    """When the last one was back."""
    failed: int = 0
    """Clients that gave up."""
    dropped: int = 0
    """SYNs that found a full backlog."""
    refused: int = 0
    """Attempts that a process had kept for too long."""
    abandoned: int = 0
    """Attempts whose client had lost its patience."""

    @property
    def authenticated(self) -> int:
        return len(self.seconds)

    @property
    def is_over(self) -> bool:
        return self.authenticated + self.failed == self.clients

    def quantiles(self) -> tuple[float | None, float | None]:
        """p50 and p99."""
        return quantiles(self.seconds)


def quantiles(seconds: Sequence[float]) -> tuple[float | None, float | None]:
    return percentile(seconds, 0.5), percentile(seconds, 0.99)
