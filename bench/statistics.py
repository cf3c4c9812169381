"""Percentiles, ratios with their intervals, and the words that may be said about them. Pure functions.

Rule: a number that the samples can't carry is None, which every table prints as "–".
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import sub, truediv
from statistics import median

SAMPLES_NEEDED = {0.5: 20, 0.95: 100, 0.99: 1_000}
"""Fewest samples from which a percentile is told: at p95 five of them lie beyond it, at p99 ten."""
CONFIDENCE = 0.95
WIDE = 1.1
"""How far beyond the noise an interval may reach and still be called no difference."""


class Word(StrEnum):
    """What an interval says about a ratio, once the noise of the run is known."""

    FASTER = "faster"
    SLOWER = "slower"
    NO_DIFFERENCE = "no difference found"
    UNSTABLE = "unstable"


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of medians, or their difference, with its bootstrap interval."""

    estimate: float
    low: float
    high: float


def percentile(values: Sequence[float], q: float) -> float | None:
    """The q-quantile of the raw values, interpolated linearly [Hyndman & Fan 1996, type 7]."""
    if len(values) < SAMPLES_NEEDED[q]:
        return None
    ordered = sorted(values)
    whole, part = divmod(q * (len(ordered) - 1), 1)
    low, high = ordered[int(whole)], ordered[min(int(whole) + 1, len(ordered) - 1)]
    return low + (high - low) * part


def quantiles(values: Sequence[float], most: int = 200) -> list[float]:
    """At most so many of the values, evenly spaced from the least to the greatest."""
    ordered = sorted(values)
    if len(ordered) <= most:
        return ordered
    return [ordered[round(one * (len(ordered) - 1) / (most - 1))] for one in range(most)]


def ratio(values: Sequence[float], reference: Sequence[float], *, resamples: int, seed: int) -> Ratio:
    """Median over median, with its interval: see `compared`."""
    return compared(truediv, values, reference, resamples=resamples, seed=seed)


def difference(values: Sequence[float], reference: Sequence[float], *, resamples: int, seed: int) -> Ratio:
    """Median less median, with its interval: see `compared`."""
    return compared(sub, values, reference, resamples=resamples, seed=seed)


def compared(
    how: Callable[[float, float], float],
    values: Sequence[float],
    reference: Sequence[float],
    *,
    resamples: int,
    seed: int,
) -> Ratio:
    """Two medians, with a percentile bootstrap interval over rounds [Efron & Tibshirani 1993, §13.3].

    The two are paired: both hold one sample of each round, in the same order, and whole rounds are drawn.
    Raises `ValueError` when they don't.
    """
    if len(values) != len(reference) or not values:
        raise ValueError(f"a ratio needs pairs, not {len(values)} and {len(reference)} samples")
    draw = random.Random(seed)  # not for secrets: the same seed gives the same interval
    rounds = range(len(values))
    found = []
    for _ in range(resamples):
        drawn = draw.choices(rounds, k=len(rounds))
        found.append(how(median([values[one] for one in drawn]), median([reference[one] for one in drawn])))
    return Ratio(how(median(values), median(reference)), *_ends(found))


def _ends(found: list[float]) -> tuple[float, float]:
    """Of the interval, from what the resamples came to."""
    found.sort()
    beyond = int((1 - CONFIDENCE) / 2 * len(found))
    return found[beyond], found[-1 - beyond]


def in_rounds(rounds: Sequence[Sequence[float]], q: float, *, resamples: int, seed: int) -> Ratio | None:
    """The q-quantile of all values, with an interval for which whole rounds are drawn: those of one are alike.

    None where the values can't carry it, and of one round, which has no interval.
    """
    estimate = percentile([one for some in rounds for one in some], q)
    if estimate is None or len(rounds) < 2:
        return None
    falling = sorted(((value, number) for number, some in enumerate(rounds) for value in some), reverse=True)
    draw = random.Random(seed)  # not for secrets
    found = []
    for _ in range(resamples):
        times = Counter(draw.choices(range(len(rounds)), k=len(rounds)))
        size = sum(len(rounds[number]) * count for number, count in times.items())
        found.append(_from_the_top(falling, times, (1 - q) * (size - 1)) if size else estimate)
    low, high = _ends(found)
    return Ratio(estimate, min(low, estimate), max(high, estimate))


def _from_the_top(falling: Sequence[tuple[float, int]], times: Mapping[int, int], beyond: float) -> float:
    """The first value with more than so many above it and at it, where each round counts so many times."""
    passed = 0
    for value, number in falling:
        passed += times[number]
        if passed > beyond:
            return value
    return falling[-1][0]


def noise_floor(same: Ratio) -> float:
    """How far from 1 a ratio may be without meaning anything: what the A/A control showed, as a factor ≥ 1."""
    return max(same.high, 1 / same.low, 1.0)


def word(measured: Ratio, floor: float) -> Word:
    """What may be said. Only an interval that lies beyond the noise altogether is a difference."""
    if measured.low > floor:
        return Word.SLOWER
    if measured.high < 1 / floor:
        return Word.FASTER
    if max(measured.high, 1 / measured.low) > WIDE * floor:
        return Word.UNSTABLE
    return Word.NO_DIFFERENCE
