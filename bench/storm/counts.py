"""What a handshake takes, counted: queries, connections, thread hops, round trips, bytes.

And the time that follows from it over a network, which loopback hides: the counted round trips, TCP's own
included, plus what was measured here. TLS 1.3 would add one more, for every contender alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from bench.judged import LEAST_ROUNDS
from bench.lineup import Entry
from bench.serving import EnvironmentFailed
from bench.statistics import Ratio

from .counter import HOPS, OPENED, QUERIES
from .figures import interval
from .generator import Report
from .inside import asked

if TYPE_CHECKING:
    from .load import Rig

APPLICATION = "bench.storm.counted"
HANDSHAKES = 100
"""One after another: each count is the average of so many."""
RTTS = (20, 50, 100)
"""Milliseconds: another city, another continent, a bad mobile network."""
READINGS = 100
"""At most, before a server whose counts still change is given up."""
TCP = 1
"""Round trips before the first byte of the request can leave."""

STORMS = LEAST_ROUNDS
"""How often many come at once: how they fall into batches is a matter of luck."""

Counted = Mapping[str, float]
Block = tuple[Counted, Report]
"""Counts per handshake, and the load that they are of."""


@dataclass(frozen=True, slots=True)
class Counts:
    """One contender, per handshake up to its proof."""

    key: str
    queries: float
    """One handshake at a time."""
    queries_under_storm: float
    """As many at once as the run has; the median of several storms, with its interval."""
    queries_interval: Ratio
    connections_opened: float
    thread_hops: float
    round_trips: float
    """From the upgrade request on: a first message makes two."""
    bytes_up: float
    """Payload of TCP: requests and frames, without the headers of packets."""
    bytes_down: float
    p50_ms: float | None
    """One at a time on loopback, with nothing counted."""
    modelled_ms: Mapping[str, float]
    """By round-trip time in milliseconds."""
    failures: Mapping[str, int] = field(default_factory=dict)


def measure(rig: Rig) -> list[Counts]:
    found, times = [], _times(rig)
    phase = rig.progress.phase(f"Counting, {HANDSHAKES} handshakes each", len(rig.plan.entries))
    with rig.another(rig.plan.entries, APPLICATION) as counted, phase as done:
        for entry in rig.plan.entries:
            counted.keep_fresh()
            _block(counted, entry, concurrency=1)  # what only the first ones do
            alone, report = _block(counted, entry, concurrency=1)
            storms = [_block(counted, entry, counted.plan.concurrency) for _ in range(STORMS)]
            found.append(counts(entry.key, (alone, report), storms, times[entry.key]))
            done()
    return found


def counts(key: str, alone: Block, storms: Sequence[Block], seconds: float | None) -> Counts:
    """`alone`: one handshake at a time; `storms`: many at once, several times."""
    counted, report = alone
    tally = report.tally
    queries = interval([together[QUERIES] for together, _ in storms], seed=0)
    each = max(1, len(tally.seconds))
    trips = tally.trips / each
    return Counts(
        key=key,
        queries=counted[QUERIES],
        queries_under_storm=queries.estimate,
        queries_interval=queries,
        connections_opened=counted[OPENED],
        thread_hops=counted[HOPS],
        round_trips=trips,
        bytes_up=tally.sent / each,
        bytes_down=tally.received / each,
        p50_ms=None if seconds is None else seconds * 1000,
        modelled_ms={} if seconds is None else modelled(trips, seconds),
        failures=Counter(why for _, one in (alone, *storms) for why in one.tally.failures),
    )


def modelled(trips: float, seconds: float) -> dict[str, float]:
    """Milliseconds to the proof over networks of these round-trip times."""
    return {str(rtt): rtt * (TCP + trips) + seconds * 1000 for rtt in RTTS}


def _times(rig: Rig) -> dict[str, float | None]:
    """The median seconds to the proof on the server that counts nothing."""
    found: dict[str, float | None] = {}
    rig.keep_fresh()
    for entry in rig.plan.entries:
        tally = rig.connect(entry.key, HANDSHAKES, 1).tally
        rig.generators.disperse()
        found[entry.key] = median(tally.seconds) if tally.seconds else None
    return found


def _block(rig: Rig, entry: Entry, concurrency: int) -> Block:
    """What the server counted for each handshake, its connections still open."""
    number = max(HANDSHAKES, 2 * concurrency)
    read = partial(asked, rig.served)
    before = at_rest(read, rig.settle)
    report = rig.connect(entry.key, number, concurrency)
    after = at_rest(read, rig.settle)
    rig.generators.disperse()
    return {name: (after[name] - before[name]) / number for name in after}, report


def at_rest(read: Callable[[], dict[str, int]], settle: Callable[[], object]) -> dict[str, int]:
    """What was counted, once nothing more is: a connection that ends late must not count for the next ones.

    A server that gets no processor looks as idle as one that has nothing to do, but it answers.
    Raises `EnvironmentFailed` when it never comes to rest.
    """
    before: dict[str, int] = {}
    for _ in range(READINGS):
        if (now := read()) == before:
            return now
        before = now
        settle()
    raise EnvironmentFailed(f"the server never came to rest: its counts still changed after {READINGS} readings")
