"""Bad credentials, many at once: how soon each kind is refused, and what a user notices who is in already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from bench.lineup import Entry
from bench.people import each_bad_kind
from bench.statistics import percentile
from strategies.backend import Backend
from strategies.conformance import Sample

from .connection import Goal
from .generator import Manner, Report
from .loops import Tally
from .watch import Lost, Watch, millis

if TYPE_CHECKING:
    from .load import Rig

CREDENTIALS = 40
"""Of each kind, each of a user of its own."""
SLOWER = 2.0
"""A server has recovered when it answers within so many times its usual p50."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One contender and one kind of bad credential. Times in microseconds."""

    key: str
    kind: str
    handshakes: int
    failures: Mapping[str, int]
    """What came instead of a refusal of the credential."""
    rate: float
    """Refusals a second."""
    cpu: float
    """The server's, per refusal."""
    p50: float | None
    p95: float | None
    p99: float | None
    """To the refusal, whether a status or a close code."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What the echo of a control connection took, of a user who was let in before the storm. Milliseconds, medians."""

    key: str
    before_ms: float | None
    during_ms: float | None
    """While credentials were being refused: what is done between two kinds is no load."""
    worst_ms: float | None
    """The slowest of these."""
    after_ms: float | None
    recovered_ms: float | None
    """From the last refusal to the first answer that took at most `SLOWER` times the median of before; None when
    none did, and where there is no such median or refusal."""
    failures: Mapping[str, int] = field(default_factory=dict)


def measure(rig: Rig) -> tuple[list[Refusal], list[Recovery]]:
    """The pairs only: who lets everybody in refuses nobody."""
    pairs = [entry for entry in rig.plan.entries if entry.pair]
    bad: dict[Backend, Mapping[str, Sequence[Sample]]] = {}
    refusals: list[Refusal] = []
    recovery: list[Recovery] = []
    with rig.progress.phase("Bad credentials, and a control connection beside them", len(pairs)) as done:
        for entry in pairs:
            assert entry.backend is not None
            if entry.backend not in bad:
                bad[entry.backend] = rig.runner.run(each_bad_kind(entry.backend, CREDENTIALS))
            recovery.append(_beside(rig, entry, partial(_storm, rig, entry, bad[entry.backend], refusals)))
            done()
    return refusals, recovery


def _storm(rig: Rig, entry: Entry, bad: Mapping[str, Sequence[Sample]], refusals: list[Refusal]) -> Iterator[Tally]:
    """Kind by kind."""
    for kind, samples in bad.items():
        row, tally = _refusals(rig, entry, kind, samples)
        refusals.append(row)
        yield tally


def _refusals(rig: Rig, entry: Entry, kind: str, samples: Sequence[Sample]) -> tuple[Refusal, Tally]:
    rig.fill({entry.key: [(one.token, one.username) for one in samples]}, Manner(Goal.REFUSED))
    count = rig.plan.block
    # Nothing is provided: that would make good credentials of those that are good once.
    report, cpu = rig.measured(partial(rig.generators.block, entry.key, count, rig.plan.concurrency))
    return refusal(entry.key, kind, report, count, cpu), report.tally


def refusal(key: str, kind: str, report: Report, count: int, cpu: float) -> Refusal:
    """`count`: attempts; `cpu`: the server's seconds for all of them."""
    tally = report.tally
    quantile = {q: percentile(tally.seconds, q) for q in (0.5, 0.95, 0.99)}
    micros = {q: None if seconds is None else seconds * 1e6 for q, seconds in quantile.items()}
    return Refusal(
        key=key,
        kind=kind,
        handshakes=len(tally.seconds),
        failures=Counter(tally.failures),
        rate=len(tally.seconds) / tally.elapsed if tally.elapsed else 0.0,
        cpu=cpu / count * 1e6,
        p50=micros[0.5],
        p95=micros[0.95],
        p99=micros[0.99],
    )


def _beside(rig: Rig, entry: Entry, storm: Callable[[], Iterable[Tally]]) -> Recovery:
    """Runs the storm, and watches a user of the same contender before, meanwhile and afterwards."""
    assert entry.backend is not None
    user = rig.users[0]
    sample = Sample(rig.runner.run(entry.backend.issue(user)), user.get_username())
    try:
        with Watch(rig.served, entry, sample, rig.plan.origin) as watch:
            return noticed(entry.key, watch, storm)
    except Lost as why:
        return Recovery(entry.key, None, None, None, None, None, {f"the control connection: {why}": 1})


def noticed(key: str, watch: Watch, storm: Callable[[], Iterable[Tally]]) -> Recovery:
    """What the watched user notices of the storm, whose tallies are of this machine's clock. Raises `Lost`."""
    before = watch.for_a_while()
    loads = [(tally.first, tally.last) for tally in storm() if tally.seconds]
    recovered = watch.recovered(loads[-1][1], SLOWER * median(before)) if before and loads else None
    after = watch.for_a_while()
    during = [took for load in loads for took in watch.between(*load)]
    return Recovery(
        key,
        before_ms=millis(before),
        during_ms=millis(during),
        worst_ms=max(during) * 1000 if during else None,
        after_ms=millis(after),
        recovered_ms=None if recovered is None else recovered * 1000,
    )
