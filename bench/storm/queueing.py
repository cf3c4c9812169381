"""What an open loop shows: latency as users have it, at a rate that doesn't wait for the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bench.statistics import percentile

from .generator import Report


@dataclass(frozen=True, slots=True)
class Open:
    """One contender. Times in microseconds, from the intended start."""

    key: str
    handshakes: int
    failures: Mapping[str, int]
    achieved: float
    """Handshakes done per one offered, in the time in which they were offered; a server that falls behind
    has less than 0.99."""
    cpu: float
    generator: float
    p50: float | None
    p95: float | None
    p99: float | None
    worst: float


def opened(key: str, report: Report, offered: int, cpu: float) -> Open:
    """`offered`: arrivals; `cpu`: the server's seconds for all of them."""
    tally, count = report.tally, max(1, offered)
    quantile = {q: percentile(tally.seconds, q) for q in (0.5, 0.95, 0.99)}
    micros = {q: None if seconds is None else seconds * 1e6 for q, seconds in quantile.items()}
    return Open(
        key=key,
        handshakes=len(tally.seconds),
        failures=Counter(tally.failures),
        achieved=len(tally.seconds) / count,
        cpu=cpu / count * 1e6,
        generator=report.cpu / count * 1e6,
        p50=micros[0.5],
        p95=micros[0.95],
        p99=micros[0.99],
        worst=max(tally.seconds, default=0.0) * 1e6,
    )
