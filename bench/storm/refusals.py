"""Bad credentials, many at once: how soon each kind is refused, and what a user notices who is in already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from bench.lineup import Entry
from bench.people import each_bad_kind
from bench.statistics import percentile
from strategies.backend import Backend
from strategies.conformance import Sample

from .connection import Goal
from .generator import Manner, Report
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
    worst_ms: float | None
    """The slowest answer during the storm."""
    after_ms: float | None
    recovered_ms: float | None
    """From the storm's end to the first answer as quick as before; None when none was."""
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
            storms = [partial(_refusals, rig, entry, kind, those) for kind, those in bad[entry.backend].items()]
            recovery.append(_beside(rig, entry, lambda storms=storms: refusals.extend(one() for one in storms)))
            done()
    return refusals, recovery


def _refusals(rig: Rig, entry: Entry, kind: str, samples: Sequence[Sample]) -> Refusal:
    rig.fill({entry.key: [(one.token, one.username) for one in samples]}, Manner(Goal.REFUSED))
    count = rig.plan.block
    # Nothing is provided: that would make good credentials of those that are good once.
    report, cpu = rig.measured(partial(rig.generators.block, entry.key, count, rig.plan.concurrency))
    return refusal(entry.key, kind, report, count, cpu)


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


def _beside(rig: Rig, entry: Entry, storm: Callable[[], None]) -> Recovery:
    """Runs the storm, and watches a user of the same contender before, meanwhile and afterwards."""
    assert entry.backend is not None
    user = rig.users[0]
    sample = Sample(rig.runner.run(entry.backend.issue(user)), user.get_username())
    try:
        with Watch(rig.served, entry, sample, rig.plan.origin) as watch:
            before = watch.for_a_while()
            start = perf_counter()
            storm()
            end = perf_counter()
            recovered = watch.recovered(SLOWER * median(before))
            after = watch.for_a_while()
            during = watch.between(start, end)
    except Lost as why:
        return Recovery(entry.key, None, None, None, None, None, {f"the control connection: {why}": 1})
    return Recovery(
        entry.key,
        before_ms=millis(before),
        during_ms=millis(during),
        worst_ms=max(during, default=0.0) * 1000,
        after_ms=millis(after),
        recovered_ms=None if recovered is None else recovered * 1000,
    )
