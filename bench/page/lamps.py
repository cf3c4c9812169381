"""The validity lamps: what would make the figures of a run worthless, and whether it happened.

Rule: a lamp says what was checked, what came of it and what that means, in words; its colour says nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bench.lineup import AGAIN
from bench.results import Results
from bench.statistics import noise_floor
from bench.storms import Kick, Storm
from bench.view import readable


class State(StrEnum):
    """How a lamp shines."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"


@dataclass(frozen=True)
class Lamp:
    name: str
    value: str
    state: State
    means: str


def lamps(results: Results) -> list[Lamp]:
    """Of the comparison, in the order of their weight."""
    return list(_lamps(results))


def _lamps(results: Results) -> Iterator[Lamp]:
    rig, cpus = results.rig, results.machine["cpus"]
    yield Lamp(
        "Wrong answers",
        f"{results.failed_measurements:,}",
        State.BAD if results.failed_measurements else State.GOOD,
        "Measurements whose answer was not the right one. They are in no figure, but one of them is too many.",
    )
    yield _noise(results.noise)
    yield _load(rig.load_before, rig.load_after, cpus)
    yield _steal(rig.steal)
    yield _overflows(rig.listen_overflows)
    yield Lamp(
        "The client’s share",
        f"{rig.client_share:.0%} of processor time",
        _upto(rig.client_share, 0.4, 0.6),
        "The client’s own work is part of every time, and makes all ratios a little smaller than they are.",
    )
    warm_up = results.parameters["warm_up"]
    yield Lamp(
        "Warm-up",
        f"{warm_up} rounds dropped of {warm_up + results.parameters['rounds']}",
        _upto(-warm_up, -20, -5),
        "First rounds pay for imports, connections and caches. Below 20, some of that is in the figures.",
    )
    yield Lamp(
        "CPUs",
        str(cpus),
        State.GOOD if cpus > 1 else State.BAD,
        "Client and server need one each, or the times are those of the scheduler.",
    )
    yield Lamp(
        "Versions",
        _versions(results),
        State.GOOD,
        "All that takes part is pinned and listed below. Figures of other versions are others.",
    )


def storm_lamps(storm: Storm) -> list[Lamp]:
    """What a storm told of its own surroundings."""
    return [_wrong(storm.failures), *_noises(storm), *_storm_lamps(storm.facts)]


def _noises(storm: Storm) -> Iterator[Lamp]:
    """Of many at once: other kinds compare nothing, or tell their noise themselves."""
    for row in storm.closed:
        if row.key == AGAIN:
            yield _noise(noise_floor(row.relative) if row.relative else None)


def kick_lamps(kick: Kick) -> list[Lamp]:
    """Of the surroundings of log-outs."""
    wrong = sum(kick.wrong.values())
    means = "Connections that were not told, were closed otherwise, or lived on. They have no time."
    lamp = Lamp("Wrong ends", f"{wrong:,}", State.BAD if wrong else State.GOOD, means)
    return [lamp, *_storm_lamps(kick.facts)]


def _wrong(failures: Mapping[str, int]) -> Lamp:
    by = f" by {', '.join(map(readable, failures))}" if failures else ""
    means = "Handshakes that did not end with the right answer. Whoever gave one has no figure here."
    return Lamp("Wrong answers", f"{sum(failures.values()):,}{by}", State.BAD if failures else State.GOOD, means)


def _storm_lamps(facts: Mapping[str, Any]) -> Iterator[Lamp]:
    if {"load_before", "load_after", "cpus"} <= facts.keys():
        yield _load(facts["load_before"], facts["load_after"], facts["cpus"])
    if "listen_overflows" in facts:
        yield _overflows(facts["listen_overflows"])
    if "steal" in facts:
        yield _steal(facts["steal"])
    if "generator_cpu_share" in facts:
        yield Lamp(
            "Generator",
            f"{facts['generator_cpu_share']:.0%} of its processor",
            _upto(facts["generator_cpu_share"], 0.7, 0.9),
            "A generator that is busy itself measures itself.",
        )


def _noise(noise: float | None) -> Lamp:
    means = "No authentication measured against itself (A/A). Smaller differences than this mean nothing."
    if noise is None:
        return Lamp("A/A noise", "not measured", State.BAD, means)
    return Lamp("A/A noise", f"± {noise - 1:.1%}", _upto(round(noise - 1, 3), 0.05, 0.15), means)


def _load(before: float, after: float, cpus: int) -> Lamp:
    means = "Runnable processes over a minute. Above the number of CPUs, others took time from whatever was measured."
    state = _upto(before / max(1, cpus), 0.6, 1.25)
    return Lamp("Load average", f"{before:g} before, {after:g} after, on {cpus} CPUs", state, means)


def _steal(share: float) -> Lamp:
    means = "Processor time that a hypervisor gave to other machines. It comes in bursts and looks like latency."
    return Lamp("Steal", f"{share:.1%}", _upto(share, 0.01, 0.05), means)


def _overflows(count: int) -> Lamp:
    means = "Connections turned away by a full listen queue: each costs its client a second, whoever is measured."
    return Lamp("Listen overflows", f"{count:,}", State.BAD if count else State.GOOD, means)


def _versions(results: Results) -> str:
    names = ("python", "django", "channels", results.parameters["server"])
    return ", ".join(_named(names, results.versions))


def _named(names: Iterable[str], versions: Mapping[str, str]) -> Iterator[str]:
    return (f"{name} {versions[name]}" for name in names if name in versions)


def _upto(value: float, good: float, doubtful: float) -> State:
    return State.GOOD if value <= good else State.DOUBTFUL if value <= doubtful else State.BAD
