"""The part of the page about many connections at once, from files of `manage.py storm`, and what is missing of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.results import Results
from bench.storms import Storm
from bench.view import counted

from . import rates
from .lamps import Lamp, storm_lamps
from .rows import Plot


@dataclass(frozen=True)
class Shown:
    """A storm with its figures; None for those it holds nothing of."""

    storm: Storm
    lamps: list[Lamp]
    cpu: Plot | None
    rate: Plot | None
    rates: Plot | None
    memory: Plot | None


@dataclass(frozen=True)
class Missing:
    """What no file told, and who would."""

    what: str
    command: str


def shown(results: Results) -> list[Shown]:
    pairs = counted(results)
    return [_shown(storm, number, pairs) for number, storm in enumerate(results.storms, 1)]


def _shown(storm: Storm, number: int, pairs: set[str]) -> Shown:
    return Shown(
        storm=storm,
        lamps=storm_lamps(storm),
        cpu=rates.added_cpu(storm, f"cpu-{number}", pairs) if storm.closed else None,
        rate=rates.connect_rate(storm, f"rate-{number}", pairs) if storm.closed else None,
        rates=rates.latency_by_rate(storm, f"rates-{number}", pairs),
        memory=rates.memory(storm, f"memory-{number}", pairs) if storm.memory else None,
    )


def missing(storms: Sequence[Storm]) -> list[Missing]:
    return list(_missing(storms))


def _missing(storms: Sequence[Storm]) -> Iterator[Missing]:
    if not any(storm.closed for storm in storms):
        yield Missing("Processor time and connect rate under load are", "manage.py storm --json > FILE")
    if not any(rates.curves(storm) for storm in storms):
        yield Missing("Latency against offered rate is", "manage.py storm --open-loop 100,200,400 --json > FILE")
    if not any(storm.memory for storm in storms):
        yield Missing("Memory per connection is", "manage.py storm --memory --json > FILE")
