"""From blocks to figures: each block is held against its neighbour of the control. Pure functions.

Seconds per handshake and processor time per handshake are those of whole blocks. Added cost is a
difference of neighbours; added cost relative to a reference's is BENCH's (contender - none) / (reference - none),
paired by round. A figure that the blocks can't carry is None.

Rule: a round with a failure counts for its failures only. What fails early would make a contender look quick.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from bench.statistics import Ratio, Word, noise_floor, percentile, ratio, word

RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Block:
    """What was measured of one. Times in seconds."""

    count: int
    elapsed: float
    """0 when nobody came through."""
    cpu: float
    """The server's."""
    generator: float
    """The generator's."""
    latencies: Sequence[float] = field(default=(), repr=False)
    failures: Sequence[str] = ()

    @property
    def is_whole(self) -> bool:
        return not self.failures

    @property
    def each(self) -> float:
        return self.elapsed / self.count

    @property
    def cpu_each(self) -> float:
        return self.cpu / self.count


Neighbours = tuple[Block, Block]
"""A contender's block and the control's beside it, of one round."""


@dataclass(frozen=True, slots=True)
class Row:
    """One contender. Ratios to the control unless they say otherwise; times in microseconds.

    Without a round that had no failure, all that follows `rounds` is None, or empty.
    """

    key: str
    handshakes: int
    failures: Mapping[str, int]
    rounds: int
    """Those without a failure, of which the figures are."""
    rate: float | None
    """Handshakes per second, of the median block."""
    relative: Ratio | None
    """Its connect rate over the control's."""
    word: Word | None
    cpu: float | None
    cpu_interval: Ratio | None
    """Of that median, over the blocks."""
    added_cpu: float | None
    added: Mapping[str, Ratio]
    """Added CPU as a share of a reference's, by the reference's key."""
    over_twin: Ratio | None
    """CPU added beyond what its twin adds, as a share of the control's."""
    generator: float | None
    added_p50: float | None
    """Time to the proof above the neighbouring blocks' of the control."""
    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Against:
    """Who is held against whom, by their keys."""

    control: str
    again: str
    """The control a second time."""
    references: Sequence[str] = ()
    twins: Mapping[str, str] = field(default_factory=dict)
    """Who does what another one does, and something more."""


def rows(
    found: Mapping[str, Sequence[Neighbours]],
    against: Against,
    seed: int,
    warm_up: Mapping[str, Sequence[Neighbours]] | None = None,
) -> list[Row]:
    """The control's own row, then the others'. Of `warm_up`, nothing counts but failures."""
    same = speed(whole(found.get(against.again, ())), seed)
    floor = noise_floor(same) if same else None
    made = [
        _row(key, beside, found, floor if key != against.again else None, against, seed)
        for key, beside in found.items()
    ]
    early = _failures(warm_up or {}, against.control)
    return [
        replace(row, failures=Counter(row.failures) + early[row.key])
        for row in (_control_row(found, against.control, seed), *made)
    ]


def _failures(found: Mapping[str, Sequence[Neighbours]], control: str) -> defaultdict[str, Counter[str]]:
    """By contender, the control among them."""
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for key, beside in found.items():
        for one, neighbour in beside:
            counted[key].update(one.failures)
            counted[control].update(neighbour.failures)
    return counted


def _control_row(found: Mapping[str, Sequence[Neighbours]], control: str, seed: int) -> Row:
    """Of all its blocks. It is held against nothing."""
    return _alone(control, [block for beside in found.values() for _, block in beside], seed)


def whole(beside: Sequence[Neighbours]) -> list[Neighbours]:
    """The rounds in which neither had a failure."""
    return [(one, control) for one, control in beside if one.is_whole and control.is_whole]


def speed(beside: Sequence[Neighbours], seed: int) -> Ratio | None:
    """Median ratio of the seconds per handshake of neighbours; None without any."""
    return interval([one.each / control.each for one, control in beside], seed) if beside else None


def added(beside: Sequence[Neighbours]) -> list[float]:
    """Processor time per handshake above the neighbour's, by round."""
    return [one.cpu_each - control.cpu_each for one, control in beside]


def later(beside: Sequence[Neighbours]) -> list[float]:
    """Time to the proof above the neighbour's, by round; a block without a single success has none."""
    return [
        median(one.latencies) - median(control.latencies)
        for one, control in beside
        if one.latencies and control.latencies
    ]


def share(beside: Sequence[Neighbours], reference: Sequence[Neighbours], seed: int) -> Ratio | None:
    """Added CPU over the reference's added CPU; None when the reference's is lost in the noise."""
    rounds = _in_both(beside, reference)
    mine, above = added([one for one, _ in rounds]), added([other for _, other in rounds])
    if not rounds or median(above) <= 0:
        return None
    try:
        return ratio(mine, above, resamples=RESAMPLES, seed=seed)
    except ZeroDivisionError:
        return None


def beyond(beside: Sequence[Neighbours], twin: Sequence[Neighbours], seed: int) -> Ratio | None:
    """Added CPU less the twin's, over the CPU of the control beside them; None without a round of both."""
    rounds = _in_both(beside, twin)
    if not rounds:
        return None
    more = [one - other for one, other in zip(*(added(those) for those in zip(*rounds, strict=True)), strict=True)]
    control = [(one.cpu_each + other.cpu_each) / 2 for (_, one), (_, other) in rounds]
    return ratio(more, control, resamples=RESAMPLES, seed=seed)


def _in_both(beside: Sequence[Neighbours], other: Sequence[Neighbours]) -> list[tuple[Neighbours, Neighbours]]:
    """The rounds that both came through."""
    return [pair for pair in zip(beside, other, strict=False) if len(whole(pair)) == len(pair)]


def _row(
    key: str,
    beside: Sequence[Neighbours],
    found: Mapping[str, Sequence[Neighbours]],
    floor: float | None,
    against: Against,
    seed: int,
) -> Row:
    clean = whole(beside)
    slower = speed(clean, seed)
    shares = {one: share(beside, found[one], seed) for one in against.references if one in found and one != key}
    twin = found.get(against.twins.get(key, ""))
    return replace(
        _alone(key, [one for one, _ in clean], seed),
        handshakes=sum(one.count for one, _ in beside),
        failures=Counter(why for one, _ in beside for why in one.failures),
        relative=inverse(slower) if slower else None,
        word=word(slower, floor) if slower and floor else None,
        added_cpu=_middle(added(clean)),
        added={name: one for name, one in shares.items() if one is not None},
        over_twin=beyond(beside, twin, seed) if twin else None,
        added_p50=_middle(later(clean)),
    )


def _alone(key: str, every: Sequence[Block], seed: int) -> Row:
    """What blocks tell without any beside them."""
    blocks = [one for one in every if one.is_whole]
    cpus = [one.cpu_each * 1e6 for one in blocks]
    latencies = [seconds for one in blocks for seconds in one.latencies]
    return Row(
        key=key,
        handshakes=sum(one.count for one in every),
        failures=Counter(why for one in every for why in one.failures),
        rounds=len(blocks),
        rate=1 / median(one.each for one in blocks) if blocks else None,
        relative=None,
        word=None,
        cpu=median(cpus) if cpus else None,
        cpu_interval=interval(cpus, seed) if cpus else None,
        added_cpu=None,
        added={},
        over_twin=None,
        generator=_middle([one.generator / one.count for one in blocks]),
        added_p50=None,
        p50=_micros(percentile(latencies, 0.5)),
        p95=_micros(percentile(latencies, 0.95)),
        p99=_micros(percentile(latencies, 0.99)),
    )


def interval(values: Sequence[float], seed: int) -> Ratio:
    """The median of values, with its interval."""
    return ratio(values, [1.0] * len(values), resamples=RESAMPLES, seed=seed)


def inverse(of: Ratio) -> Ratio:
    """A ratio of rates from one of times."""
    return Ratio(1 / of.estimate, 1 / of.high, 1 / of.low)


def _middle(seconds: Sequence[float]) -> float | None:
    """The median, in microseconds."""
    return _micros(median(seconds)) if seconds else None


def _micros(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1e6
