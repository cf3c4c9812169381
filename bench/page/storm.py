"""The part of the page about many connections at once, from files of `manage.py storm`, and what is missing of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.given import STORMS
from bench.reached import where
from bench.results import Results
from bench.storms import Kick, Storm
from bench.view import counted

from . import bars, rates
from .lamps import Lamp, State, kick_lamps, storm_lamps
from .rows import Plot

TITLES = {
    "closed": "many at once",
    "open": "at given rates",
    "memory": "memory of idle connections",
    "reconnects": "everybody cut off, and back",
    "refusals": "bad credentials",
    "counts": "what a handshake takes, counted",
}
"""By the kind of a storm."""


@dataclass(frozen=True)
class Drawn:
    """A figure with the words above it."""

    says: str
    plot: Plot


@dataclass(frozen=True)
class Shown:
    """A run with its figures. Those of its numbers that have none stand in the tables."""

    title: str
    command: str
    lamps: list[Lamp]
    figures: list[Drawn]

    @property
    def lit(self) -> list[Lamp]:
        """The lamps that are not green."""
        return [one for one in self.lamps if one.state is not State.GOOD]


@dataclass(frozen=True)
class Missing:
    """What no file told, and who would."""

    what: str
    command: str


def shown(results: Results) -> list[Shown]:
    pairs = counted(results)
    return [
        Shown(
            f"Run {number}, {where(storm.server, storm.facts)}: {_title(storm)}",
            storm.command,
            storm_lamps(storm),
            list(_figures(storm, number, pairs)),
        )
        for number, storm in enumerate(results.storms, 1)
    ]


def _title(storm: Storm) -> str:
    return ", ".join(title for kind, title in TITLES.items() if getattr(storm, kind))


def _figures(storm: Storm, number: int, pairs: set[str]) -> Iterator[Drawn]:
    if storm.closed:
        yield Drawn(
            "What authentication adds to the server’s processor time per handshake.",
            bars.added_cpu(storm, f"cpu-{number}", pairs),
        )
        yield Drawn(
            "Handshakes a second against no authentication, with the 95 % interval.",
            bars.connect_rate(storm, f"rate-{number}", pairs),
        )
    if by_rate := rates.latency_by_rate(storm, f"rates-{number}", pairs):
        yield Drawn(
            "Latency as users have it, from the intended start, at rates that don’t wait for the server. A dot is the "
            "highest rate that a contender keeps pace with; dashed: for comparison.",
            by_rate,
        )
    if storm.memory:
        yield Drawn(
            "What an idle authenticated connection holds of the server’s memory above no authentication, without "
            "compression. What no authentication (again) shows is the noise.",
            bars.memory(storm, f"memory-{number}", pairs),
        )
    if storm.reconnects:
        yield Drawn(
            "All connections are cut off at once. How long it takes until the last one is back, authenticated.",
            bars.recovery(storm, f"recovery-{number}", pairs),
        )
    if storm.recovery:
        yield Drawn(
            "What a user who was let in before notices while bad credentials are refused: the median time of an echo. "
            "The line reaches from the median before to the slowest.",
            bars.echo(storm, f"echo-{number}", pairs),
        )


def log_outs(results: Results) -> Drawn | None:
    """All runs of it in one figure."""
    if not results.kicks:
        return None
    return Drawn(
        "From before a log-out to the close frame of each socket that it concerns: the bar is the median, the line "
        "reaches to the slowest; told are median and p99.",
        bars.log_outs(results.kicks, "log-outs"),
    )


def kicks(results: Results) -> list[Shown]:
    return [_kick(kick, number) for number, kick in enumerate(results.kicks, 1)]


def _kick(kick: Kick, number: int) -> Shown:
    size = kick.parameters
    title = f"{bars.place_of(kick)} ({number}): {size.connections:,} connections, {size.rounds} log-outs, {size.layer}"
    return Shown(title, kick.command, kick_lamps(kick), [])


def missing(results: Results) -> list[Missing]:
    return list(_missing(results.storms, results.kicks))


def _missing(storms: Sequence[Storm], kicks: Sequence[Kick]) -> Iterator[Missing]:
    for kind, command in STORMS.items():
        if not any(getattr(storm, kind) for storm in storms):
            yield Missing(TITLES[kind], f"{command} --json > FILE")
    if not kicks:
        yield Missing("log-outs", "manage.py kick --json > FILE")
