"""The simulation held against reality: so many at once, over one process, simulated with that very storm's CPU figure.

The simulated server has a core to itself. Where the real one had not, or storms don't agree with one another about
how far the simulation is off, nothing can be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median, median_low

from bench.lineup import Entry
from bench.progress import Progress
from bench.serving import EnvironmentFailed
from bench.statistics import Ratio
from bench.storm.figures import Block, interval
from bench.storm.load import Plan, rig

from .scenario import BEFORE, DEADLINE, Scenario, quantiles
from .simulation import simulate

COUNT = 1_000
"""At once: fewer than any backlog here, and what p99 needs."""
STORMS = 8
"""After one that warms up."""
TOLERANCE = 0.2
"""As a share of the real figure. Storms on a server that had a core to itself came within 5 % for the recovery
and p99, and within 15 % for p50, which depends on the order in which an event loop does things."""
FIGURES = ("recovery", "p50", "p99")


@dataclass(frozen=True, slots=True)
class Deviation:
    """One figure, real and simulated, in seconds: of one storm, the median one by how far its simulation is off."""

    name: str
    real: float
    simulated: float
    ratio: Ratio
    """Simulated over real: that storm's, with the interval over all of them."""

    @property
    def is_near(self) -> bool:
        return abs(self.ratio.estimate - 1) <= TOLERANCE

    @property
    def is_wide(self) -> bool:
        """Whether its interval is wider than what is to be told."""
        return self.ratio.high - self.ratio.low > 2 * TOLERANCE


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check."""

    key: str
    cpu: float
    """Seconds of the server's processor time per handshake: the median storm's."""
    deviations: tuple[Deviation, ...]
    share: float
    """Of a core that the real server got while everybody came back."""

    @property
    def passed(self) -> bool:
        return all(one.is_near for one in self.deviations)

    @property
    def is_noise(self) -> bool:
        return self.share < 1 - TOLERANCE / 2 or any(one.is_wide for one in self.deviations)


def check(plan: Plan, entry: Entry, progress: Progress, query: float) -> Checked:
    """`query`: seconds that a batch waits for the database, beside the processor time that it takes.

    Raises `EnvironmentFailed` when an answer was wrong or missing: such a storm has no recovery.
    """
    with rig(plan, progress) as running, progress.phase(f"{COUNT:,} at once, {STORMS} times", STORMS) as done:
        running.everybody_at_once(entry.key, COUNT)
        storms = []
        for _ in range(STORMS):
            storms.append(running.everybody_at_once(entry.key, COUNT))
            done()
    failures = {why for one in storms for why in one.failures}
    if failures:
        raise EnvironmentFailed(f"{entry.key}: {COUNT:,} at once were too many here: {min(failures)}")
    return held(entry.key, storms, plan.server, query, plan.seed)


def held(key: str, storms: Sequence[Block], server: str, query: float, seed: int) -> Checked:
    """Real storms of one size, each beside its simulation."""
    outcomes = [simulate(_scenario(one, server, query, seed)) for one in storms]
    real = [(one.elapsed, *quantiles(one.latencies)) for one in storms]
    simulated = [(one.recovery, *one.quantiles()) for one in outcomes]
    deviations = [
        _deviation(name, one, other, seed)
        for name, one, other in zip(FIGURES, zip(*real, strict=True), zip(*simulated, strict=True), strict=True)
        if None not in (*one, *other)
    ]
    return Checked(
        key=key,
        cpu=median(one.cpu_each for one in storms),
        deviations=tuple(deviations),
        share=median(one.cpu / one.elapsed for one in storms),
    )


def _scenario(storm: Block, server: str, query: float, seed: int) -> Scenario:
    return Scenario(
        clients=storm.count,
        processes=1,
        cpu=storm.cpu_each,
        query=query,
        before=BEFORE[server],
        deadline=DEADLINE[server],
        seed=seed,
    )


def _deviation(name: str, real: Sequence[float], simulated: Sequence[float], seed: int) -> Deviation:
    """Two in the middle: the lower one, since no storm was both."""
    ratios = [one / other for one, other in zip(simulated, real, strict=True)]
    middle = ratios.index(median_low(ratios))
    ratio = replace(interval(ratios, seed), estimate=ratios[middle])
    return Deviation(name, real[middle], simulated[middle], ratio)
