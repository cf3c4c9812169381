"""When what is measured: blocks beside blocks, and arrivals that nobody arranged. Pure functions of a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence


def neighbours(keys: Sequence[str], control: str, round_: int, draw: random.Random) -> Iterator[tuple[str, str]]:
    """One round: each contender beside a block of the control, in an order drawn anew.

    The control goes first in one round and last in the next (ABBA over two), so that a machine that
    becomes slower or faster meanwhile favours neither.
    """
    order = list(keys)
    draw.shuffle(order)
    for key in order:
        yield (control, key) if round_ % 2 == 0 else (key, control)


def turns(keys: Sequence[str], rates: Sequence[float], rounds: int, draw: random.Random) -> Iterator[tuple[str, float]]:
    """Each contender at each rate, once a round.

    All have their turn at a rate before the next rate comes, in an order drawn anew for every second round and
    reversed in the one after it (ABBA over two).
    """
    order = list(keys)
    for number in range(rounds):
        if number % 2 == 0:
            draw.shuffle(order)
        else:
            order.reverse()
        yield from ((key, rate) for rate in rates for key in order)


def arrivals(rate: float, seconds: float, draw: random.Random) -> list[float]:
    """A Poisson process: `rate` arrivals a second on average, for so many seconds."""
    found: list[float] = []
    now = draw.expovariate(rate)
    while now < seconds:
        found.append(now)
        now += draw.expovariate(rate)
    return found
