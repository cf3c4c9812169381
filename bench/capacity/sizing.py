"""From figures and assumptions to what a deployment needs. Pure functions, in the words of `FORMULAS`.

Rule: rounded up only where a thing can't be halved, and never before the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from strategies.backends.batching import LARGEST
from strategies.lifecycle import watch

from .assumptions import Assumptions
from .figures import Figure
from .lookups import Lookup, lookup

KIB, MIB = 2**10, 2**20


@dataclass(frozen=True, slots=True)
class Need:
    """What one contender needs."""

    key: str
    cores: int
    """That handshakes, or refreshes if those are more, keep busy at the given utilisation."""
    processes: int
    memory: float
    """Bytes, of all processes."""
    storm_queries: float
    """A second, while everybody comes back."""
    rest_queries: float
    """A second, at rest."""
    pool: int
    """Connections to the database."""
    storm_operations: float
    """Of Redis, a second."""
    rest_operations: float
    back: float
    """Seconds until everybody is back."""


def need(figure: Figure, given: Assumptions) -> Need:
    asks = lookup(figure.key)
    comes, renews = arrivals(given), refreshes(asks, given)
    cores = ceil(_exact(max(comes, renews) * figure.cpu_high / given.utilisation))
    processes = max(cores, ceil(given.connections / given.per_process_limit))
    told = (1 + processes) * given.revocations_per_second if asks.watched else 0.0
    return Need(
        key=figure.key,
        cores=cores,
        processes=processes,
        memory=processes * given.memory_per_process * MIB + given.connections * per_connection(figure, given),
        storm_queries=storm_queries(figure, asks, processes, given),
        rest_queries=at_rest(asks, processes, given) + queries(renews, asks, processes, given),
        pool=processes * given.database_connections if asks.statements or asks.watched or figure.queries else 0,
        storm_operations=told + given.limit_operations * comes,
        rest_operations=told,
        back=given.connections * figure.cpu_high / (cores * given.utilisation),
    )


def arrivals(given: Assumptions) -> float:
    """Handshakes a second while everybody comes back."""
    return given.connections / given.storm


def refreshes(asks: Lookup, given: Assumptions) -> float:
    """A second, by sockets that outlive their credentials."""
    return given.connections / lifetime(asks, given) if asks.expires and asks.watched else 0.0


def lifetime(asks: Lookup, given: Assumptions) -> float:
    return given.lifetime if asks.lifetime is None else asks.lifetime


def per_connection(figure: Figure, given: Assumptions) -> float:
    """Bytes."""
    return given.memory_per_connection * KIB if figure.memory is None else figure.memory


def storm_queries(figure: Figure, asks: Lookup, processes: int, given: Assumptions) -> float:
    if figure.queries is not None:
        return arrivals(given) * figure.queries
    return queries(arrivals(given), asks, processes, given)


def queries(rate: float, asks: Lookup, processes: int, given: Assumptions) -> float:
    """A second, for `rate` lookups a second over all processes."""
    return rate / batch(rate / processes, asks, given) * asks.statements


def batch(rate: float, asks: Lookup, given: Assumptions) -> float:
    """Lookups that go out as one, of a process that has `rate` a second: those that came while the last one ran."""
    in_flight = rate * asks.statements * given.query_ms / 1000
    return min(max(in_flight, 1.0), LARGEST) if asks.batched else 1.0


def at_rest(asks: Lookup, processes: int, given: Assumptions) -> float:
    """Queries a second by those that look after sockets: re-checks, and each process's look into the journal."""
    if not asks.watched:
        return 0.0
    return processes * (questions(processes, given) * asks.rechecked / given.recheck + 1 / watch.POLL)


def questions(processes: int, given: Assumptions) -> float:
    """By which a process asks for all of its sockets once."""
    return max(1 / watch.TOGETHER, ceil(given.connections / processes / watch.LARGEST))


def _exact(value: float) -> float:
    """Without the last bits of a float's division: 7 cores are not 8."""
    return round(value, 9)
