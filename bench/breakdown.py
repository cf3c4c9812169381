"""The layers that the benchmarks take apart, and what they come to: the summary below `make bench`'s table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from . import reached
from .goals import AT_ONCE, Metric
from .judged import Figure, Judged, judged
from .rounds import Row
from .statistics import Ratio

FIND, SCRUB, VERIFY, LOOKUP, HANDSHAKE, FRAMES = "find", "scrub", "verify", "lookup", "handshake", "frames"
TUTORIAL = "tutorial"
PLACE = "in process"
"""Where other figures have a server."""


@dataclass(frozen=True)
class Benched:
    """What a report shows of a kept run."""

    command: str
    versions: dict[str, str]
    goals: list[Judged]


def summary(rows: Iterable[Row]) -> list[str]:
    """What is added to a connect and to a frame, beside no authentication in the same rounds, and the goals of it."""
    every = list(rows)
    handshakes = [row for row in every if row.facts["layer"] == HANDSHAKE]
    return [
        *_handshakes(handshakes),
        *_frames([row for row in every if row.facts["layer"] == FRAMES]),
        *reached.lines(goals(every), reached.where(PLACE, _versions(every))),
    ]


def benched(rows: Iterable[Row], command: str) -> Benched:
    every = list(rows)
    return Benched(command, _versions(every), goals(every))


def goals(rows: Iterable[Row]) -> list[Judged]:
    every = list(rows)
    return judged((*_shares(every), *_overheads(every)))


def _versions(rows: Sequence[Row]) -> dict[str, str]:
    return next((dict(row.facts["versions"]) for row in rows if "versions" in row.facts), {})


def _shares(rows: Sequence[Row]) -> Iterator[Figure]:
    many = [row for row in rows if row.facts["layer"] == HANDSHAKE and row.facts["at_once"] == AT_ONCE]
    tutorial = next((row for row in many if row.facts["contender"] == TUTORIAL), None)
    for row in many if tutorial else ():
        yield Figure(Metric.IN_PROCESS, row.facts["contender"], tutorial and _share(row, tutorial))


def _overheads(rows: Sequence[Row]) -> Iterator[Figure]:
    for row in rows:
        if row.facts["layer"] == FRAMES:
            percent = [100 * (one - 1) for one in (row.relative.estimate, row.relative.low, row.relative.high)]
            yield Figure(Metric.FRAMES, row.facts["contender"], Ratio(*percent))


def _share(row: Row, tutorial: Row) -> Ratio | None:
    """Of what the tutorial adds, each by its own rounds' control: the two did not run at the same moment.

    Its ends are the farthest that those of both intervals allow. None where the tutorial's holds nothing added.
    """
    own, whole = row.relative, tutorial.relative
    if whole.low <= 1:
        return None
    ends = [(one - 1) / (of - 1) for one in (own.low, own.high) for of in (whole.low, whole.high)]
    return Ratio((own.estimate - 1) / (whole.estimate - 1), min(ends), max(ends))


def _handshakes(rows: Sequence[Row]) -> Iterator[str]:
    for at_once in sorted({row.facts["at_once"] for row in rows}):
        beside = {row.facts["contender"]: row for row in rows if row.facts["at_once"] == at_once}
        tutorial = beside.get(TUTORIAL)
        yield ""
        yield f"added to a connect inside the process, {at_once} at once"
        yield f"  {'':36}{'µs':>8}  {'of the tutorial’s':>18}  {'queries':>8}"
        for contender, row in beside.items():
            share = _share(row, tutorial) if tutorial else None
            told = f"{share.estimate:.2f}" if share else "–"
            yield f"  {contender:36}{row.added * 1e6:8.0f}  {told:>18}  {row.facts['queries']:8.2f}"
        if tutorial and tutorial.relative.low <= 1:
            yield "  what the tutorial adds is lost in the noise: nothing can be told of a share"


def _frames(rows: Sequence[Row]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield "added to an echo after the gate"
    for row in rows:
        one = row.relative
        yield f"  {row.facts['contender']:36}{one.estimate - 1:+8.1%}  [{one.low - 1:+.1%}, {one.high - 1:+.1%}]"
