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
from .schedule import arrivals, turns

if TYPE_CHECKING:
    from .load import Rig

SECONDS = 5.0
"""For which a contender is offered a rate, at least, where nobody has chosen how long."""
TURN, MOST_ROUNDS = 2.5, 4
"""Seconds of a turn, at least, and into how many of them these seconds are divided at most. In a shorter turn a server
that is a few hundredths too slow would not yet be behind by more than the grace."""
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


@dataclass(frozen=True, slots=True)
class Turn:
    """One contender at one rate for a while."""

    window: float
    """Seconds of arrivals."""
    offered: int
    """Their number."""
    report: Report
    cpu: float
    """The server's seconds for all of them."""
    early: Sequence[str] = ()
    """What went wrong while it warmed up."""

    def in_time(self, late: float) -> int:
        """How many were through within the window and so many seconds after it."""
        tally = self.report.tally
        return sum(end <= tally.first + self.window + late for end in tally.ends)


def sweep(rig: Rig, rates: Sequence[float], seconds: float | None, target_ms: float) -> list[Open]:
    """Each contender at each rate, in short turns among those of the others; `target_ms`: the p99 to be kept."""
    draw = random.Random(rig.plan.seed)  # not for secrets: the seed is printed
    lasting = {rate: seconds or enough(rate) for rate in rates}
    rounds = rounds_of(min(lasting.values()))
    keys = [one.key for one in rig.plan.entries]
    found: dict[tuple[str, float], list[Turn]] = {(key, rate): [] for key in keys for rate in rates}
    title = f"{', '.join(f'{rate:g}' for rate in rates)} arrivals a second, {rounds} turns each"
    with rig.progress.phase(title, rounds * len(found)) as done:
        for key, rate in turns(keys, rates, rounds, draw):
            found[key, rate].append(_turn(rig, key, rate, lasting[rate] / rounds, draw))
            done()
    rows = [opened(key, rate, those, grace(target_ms)) for (key, rate), those in found.items()]
    return [forgiven(row) for row in rows] if len(rates) > 1 else rows


def _turn(rig: Rig, key: str, rate: float, window: float, draw: random.Random) -> Turn:
    rig.keep_fresh()
    early = rig.block(key).failures
    times = arrivals(rate, window, draw)
    rig.provide(key, len(times))
    report, cpu = rig.measured(partial(rig.generators.arrivals, key, times))
    return Turn(window, len(times), report, cpu, early)


def rounds_of(seconds: float) -> int:
    """Into how many turns so many seconds are divided: an even number, so that orders come in pairs, or one."""
    return min(MOST_ROUNDS, int(seconds / TURN) // 2 * 2) or 1


def enough(rate: float) -> float:
    """Seconds in which enough arrive for a p99 to be told."""
    return max(SECONDS, SPARE * SAMPLES_NEEDED[0.99] / rate)


def grace(target_ms: float) -> float:
    """Seconds: who is served within the target is in time."""
    return max(GRACE, target_ms / 1000)


def opened(key: str, rate: float, those: Sequence[Turn], late: float) -> Open:
    """Of all turns together; `late`: seconds after a window that still count."""
    seconds = [one for turn in those for one in turn.report.tally.seconds]
    count = max(1, sum(turn.offered for turn in those))
    quantile = {q: percentile(seconds, q) for q in (0.5, 0.95, 0.99)}
    micros = {q: None if found is None else found * 1e6 for q, found in quantile.items()}
    return Open(
        key=key,
        rate=rate,
        handshakes=len(seconds),
        failures=Counter(why for turn in those for why in (*turn.early, *turn.report.tally.failures)),
        achieved=sum(turn.in_time(late) for turn in those) / count,
        cpu=sum(turn.cpu for turn in those) / count * 1e6,
        generator=sum(turn.report.cpu for turn in those) / count * 1e6,
        p50=micros[0.5],
        p95=micros[0.95],
        p99=micros[0.99],
        worst=max(seconds, default=0.0) * 1e6,
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
