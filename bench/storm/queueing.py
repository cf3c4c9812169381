"""What an open loop shows: latency as users have it, at rates that wait for nobody, and what rate is too high."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from bench.statistics import SAMPLES_NEEDED, percentile

from .connection import is_overload
from .generator import Report
from .schedule import arrivals

if TYPE_CHECKING:
    from .load import Rig

SECONDS = 5.0
"""The least length of a turn whose length nobody has chosen."""
SPARE = 1.1
"""Arrivals beyond those that a p99 needs, since their number is drawn."""
GRACE = 0.1
"""Seconds that the last arrivals have for their handshakes, at least: they may take as long as the p99 to be kept."""
MOST_ERRORS, LEAST_ACHIEVED = 0.001, 0.99


@dataclass(frozen=True, slots=True)
class Open:
    """One contender at one rate. Times in microseconds, from the intended start."""

    key: str
    rate: float
    """Arrivals offered a second, on average."""
    handshakes: int
    failures: Mapping[str, int]
    achieved: float
    """Handshakes done per one offered, in the time in which they were offered and a grace; a server that falls
    behind has less than 0.99."""
    cpu: float
    generator: float
    p50: float | None
    p95: float | None
    p99: float | None
    worst: float
    overload: Mapping[str, int]
    """Of a sweep: refusals and silence. They are what a rate too high brings, and no wrong answer."""

    def meets(self, target: float) -> bool | None:
        """Whether it serves this rate with p99 of at most `target` microseconds; None if the samples can't tell."""
        errors = sum(self.failures.values()) + sum(self.overload.values())
        if errors > MOST_ERRORS * (self.handshakes + errors) or self.achieved < LEAST_ACHIEVED:
            return False
        return None if self.p99 is None else self.p99 <= target


@dataclass(frozen=True, slots=True)
class Capacity:
    """SLO capacity: the highest rate that a contender serves as it is to be served."""

    key: str
    target_ms: float
    rate: float | None
    """None where none of the offered rates was served so, or none can be told."""
    beyond: bool
    """Whether a higher rate was offered, and failed: if not, the capacity may be higher still."""


def sweep(rig: Rig, rates: Sequence[float], seconds: float | None, target_ms: float) -> list[Open]:
    """Each contender for itself at each rate, in the given order; `target_ms`: the p99 to be kept."""
    draw, found = random.Random(rig.plan.seed), []  # not for secrets: the seed is printed
    turns = [(one.key, rate) for one in rig.plan.entries for rate in rates]
    title = f"{', '.join(f'{rate:g}' for rate in rates)} arrivals a second"
    with rig.progress.phase(title, len(turns)) as done:
        for key, rate in turns:
            rig.keep_fresh()
            rig.block(key)
            window = seconds or enough(rate)
            times = arrivals(rate, window, draw)
            rig.provide(key, len(times))
            report, cpu = rig.measured(partial(rig.generators.arrivals, key, times))
            row = opened(key, rate, window, report, len(times), cpu, grace(target_ms))
            found.append(forgiven(row) if len(rates) > 1 else row)
            done()
    return found


def enough(rate: float) -> float:
    """Seconds in which enough arrive for a p99 to be told."""
    return max(SECONDS, SPARE * SAMPLES_NEEDED[0.99] / rate)


def grace(target_ms: float) -> float:
    """Seconds: who is served within the target is in time."""
    return max(GRACE, target_ms / 1000)


def opened(key: str, rate: float, window: float, report: Report, offered: int, cpu: float, late: float) -> Open:
    """`window`: seconds of arrivals; `offered`: their number; `cpu`: the server's seconds for all of them; `late`:
    seconds after the window that still count."""
    tally, count = report.tally, max(1, offered)
    quantile = {q: percentile(tally.seconds, q) for q in (0.5, 0.95, 0.99)}
    micros = {q: None if seconds is None else seconds * 1e6 for q, seconds in quantile.items()}
    in_time = sum(end <= tally.first + window + late for end in tally.ends)
    return Open(
        key=key,
        rate=rate,
        handshakes=len(tally.seconds),
        failures=Counter(tally.failures),
        achieved=in_time / count,
        cpu=cpu / count * 1e6,
        generator=report.cpu / count * 1e6,
        p50=micros[0.5],
        p95=micros[0.95],
        p99=micros[0.99],
        worst=max(tally.seconds, default=0.0) * 1e6,
        overload={},
    )


def forgiven(row: Open) -> Open:
    """The same row of a sweep, which is to find out where a server gives up."""
    overload = {why: times for why, times in row.failures.items() if is_overload(why)}
    wrong = {why: times for why, times in row.failures.items() if why not in overload}
    return replace(row, failures=wrong, overload=overload)


def capacities(rows: Iterable[Open], target_ms: float) -> Iterator[Capacity]:
    """By contender. A rate counts only if all lower ones were served as well."""
    by_key: dict[str, list[Open]] = {}
    for row in rows:
        by_key.setdefault(row.key, []).append(row)
    for key, those in by_key.items():
        served: float | None = None
        beyond = False
        for row in sorted(those, key=lambda one: one.rate):
            if row.meets(target_ms * 1000) is not True:
                beyond = row.meets(target_ms * 1000) is False
                break
            served = row.rate
        yield Capacity(key, target_ms, served, beyond)
