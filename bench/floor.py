"""Where the time of one handshake goes, by module: the floor that it can't be brought below, and what may be.

A profile makes small functions dearer than they are. So only its shares are taken, of a time measured
without it. Both are the least of several passes: whatever else the machine does only ever adds.
"""

from __future__ import annotations

import cProfile
import pstats
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

PASSES = 40
Function = tuple[str, int, str]
"""As the profiler names one: file, line, name. The file of one that is written in C is `~`."""
_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Floor:
    """Seconds of one call, and of each module in it."""

    seconds: float
    by_module: Mapping[str, float]


def floor(call: Callable[[], Any], items: int, prepare: Callable[[], object] = lambda: None) -> Floor:
    """Of one of the `items` things that a call does. `prepare` makes what a call uses up, off the clock."""
    _timed(call, prepare)  # imports and caches are nobody's share
    seconds = min(_timed(call, prepare) for _ in range(PASSES)) / items
    shares = _least([_profiled(call, prepare) for _ in range(PASSES)])
    whole = sum(shares.values())
    return Floor(seconds, {name: seconds * share / whole for name, share in shares.most_common()})


def _timed(call: Callable[[], Any], prepare: Callable[[], object]) -> float:
    prepare()
    started = perf_counter()
    call()
    return perf_counter() - started


def _profiled(call: Callable[[], Any], prepare: Callable[[], object]) -> Mapping[Function, Any]:
    prepare()
    profile = cProfile.Profile()
    profile.runcall(call)
    found: Any = pstats.Stats(profile)  # whose types don't tell of `stats`
    stats: Mapping[Function, Any] = found.stats
    return stats


def _least(profiles: list[Mapping[Function, Any]]) -> Counter[str]:
    """Own seconds by module, each function's from the pass in which it was quickest."""
    found: Counter[str] = Counter()
    for function in set().union(*profiles):
        _, _, own, _, callers = min((one[function] for one in profiles if function in one), key=lambda one: one[2])
        if function[0] != "~":
            found[_module(function)] += own
        for caller, (_, _, part, _) in callers.items() if function[0] == "~" else ():
            found[_module(caller)] += part  # what is written in C is its caller's
    return found


def _module(function: Function) -> str:
    """A file of this project, or the package that another one belongs to."""
    path = Path(function[0])
    if "site-packages" in path.parts:
        return Path(path.parts[path.parts.index("site-packages") + 1]).stem
    if path.is_relative_to(_ROOT):
        return str(path.relative_to(_ROOT))
    return path.name if path.parent.name.startswith("python") else f"{path.parent.name}/{path.name}"


def told(found: Floor, least: float = 0.002) -> list[str]:
    """A row for each module with at least that share."""
    rows = [(name, seconds) for name, seconds in found.by_module.items() if seconds >= least * found.seconds]
    rest = found.seconds - sum(seconds for _, seconds in rows)
    return [
        *(f"{name:40}{seconds * 1e6:8.1f} µs  {seconds / found.seconds:6.1%}" for name, seconds in rows),
        f"{'everything else':40}{rest * 1e6:8.1f} µs  {rest / found.seconds:6.1%}",
        f"{'one handshake':40}{found.seconds * 1e6:8.1f} µs",
    ]
