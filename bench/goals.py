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
            share = f"{_share(row, tutorial):.2f}" if tutorial else "–"
            yield f"  {contender:36}{row.added * 1e6:8.0f}  {share:>18}  {row.facts['queries']:8.2f}"
        if tutorial and at_once > 1:
            yield from _goal(
                [row for row in beside.values() if row.facts["contender"].endswith("/authtoken")], tutorial
            )


def _share(row: Row, tutorial: Row) -> float:
    """Of what the tutorial adds, each by its own rounds' control: the two did not run at the same moment."""
    return (row.relative.estimate - 1) / (tutorial.relative.estimate - 1)


def _goal(rows: Sequence[Row], tutorial: Row) -> Iterator[str]:
    if rows:
        worst = max(rows, key=lambda row: _share(row, tutorial))
        share = _share(worst, tutorial)
        yield (
            f"  authtoken adds at most {share:.3f} of what the tutorial adds ({worst.facts['contender']});"
            f" the goal of {SHARE_OF_THE_TUTORIAL:.3f} is {_met(share <= SHARE_OF_THE_TUTORIAL)}"
        )


def _frames(rows: Sequence[Row]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield "added to an echo after the gate"
    found = {row.facts["contender"]: row.relative for row in rows}
    for contender, one in found.items():
        yield f"  {contender:36}{one.estimate - 1:+8.1%}  [{one.low - 1:+.1%}, {one.high - 1:+.1%}]"
    said = Counter(_within(one) for contender, one in found.items() if "/" in contender)
    if said:
        words = ", ".join(f"{word} by {count}" for word, count in said.most_common())
        yield f"  the goal of {FRAME_OVERHEAD:.0%} is {words}"


def _within(measured: Ratio) -> str:
    """An interval that holds the goal decides nothing."""
    goal = 1 + FRAME_OVERHEAD
    return "met" if measured.high <= goal else "missed" if measured.low > goal else "not decided"


def _met(met: bool) -> str:
    return "met" if met else "missed"
