"""The layers that the benchmarks take apart, and what they come to: the summary below `make bench`'s table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from .rounds import Row
from .statistics import Ratio

FIND, SCRUB, VERIFY, LOOKUP, HANDSHAKE, FRAMES = "find", "scrub", "verify", "lookup", "handshake", "frames"
TUTORIAL = "tutorial"
SHARE_OF_THE_TUTORIAL = 1 / 6
"""Most that authtoken may add to a connect, many at once, of what the tutorial adds."""
FRAME_OVERHEAD = 0.03
"""Most that a gate may add to an echo."""


def summary(rows: Iterable[Row]) -> list[str]:
    """What is added to a connect and to a frame, beside no authentication in the same rounds."""
    every = list(rows)
    handshakes = [row for row in every if row.facts["layer"] == HANDSHAKE]
    frames = [row for row in every if row.facts["layer"] == FRAMES]
    return [*_handshakes(handshakes), *_frames(frames)]


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
        if tutorial and at_once > 1:
            yield from _goal(
                [row for row in beside.values() if row.facts["contender"].endswith("/authtoken")], tutorial
            )


def _share(row: Row, tutorial: Row) -> Ratio | None:
    """Of what the tutorial adds, each by its own rounds' control: the two did not run at the same moment.

    Its ends are the farthest that those of both intervals allow. None where the tutorial's holds nothing added.
    """
    own, whole = row.relative, tutorial.relative
    if whole.low <= 1:
        return None
    ends = [(one - 1) / (of - 1) for one in (own.low, own.high) for of in (whole.low, whole.high)]
    return Ratio((own.estimate - 1) / (whole.estimate - 1), min(ends), max(ends))


def _goal(rows: Sequence[Row], tutorial: Row) -> Iterator[str]:
    found = {row.facts["contender"]: share for row in rows if (share := _share(row, tutorial))}
    if found:
        name, worst = max(found.items(), key=lambda one: one[1].estimate)
        yield (
            f"  authtoken adds at most {worst.estimate:.3f} [{worst.low:.3f}, {worst.high:.3f}]"
            f" of what the tutorial adds ({name})"
        )
        yield _judged(found.values(), SHARE_OF_THE_TUTORIAL, f"{SHARE_OF_THE_TUTORIAL:.3f}")
    elif rows:
        yield "  what the tutorial adds is lost in the noise: nothing can be told of a share"


def _frames(rows: Sequence[Row]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield "added to an echo after the gate"
    found = {row.facts["contender"]: row.relative for row in rows}
    for contender, one in found.items():
        yield f"  {contender:36}{one.estimate - 1:+8.1%}  [{one.low - 1:+.1%}, {one.high - 1:+.1%}]"
    pairs = [one for contender, one in found.items() if "/" in contender]
    if pairs:
        yield _judged(pairs, 1 + FRAME_OVERHEAD, f"{FRAME_OVERHEAD:.0%}")


def _judged(found: Iterable[Ratio], goal: float, told: str) -> str:
    said = Counter(_within(one, goal) for one in found)
    return f"  the goal of {told} is {', '.join(f'{word} by {count}' for word, count in said.most_common())}"


def _within(measured: Ratio, goal: float) -> str:
    """An interval that holds the goal decides nothing."""
    return "met" if measured.high <= goal else "missed" if measured.low > goal else "not decided"
