"""Saved runs of the benchmarks, and what may be said of one run beside another.

What is compared are ratios, each of a benchmark to the control that ran beside it in the same run: another
machine, or a busier hour, changes both. The noise is what the controls of a group show against themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .rounds import RESAMPLES, Row
from .statistics import Ratio, Word, noise_floor, ratio, word

FOLDER = Path(".benchmarks")
LEAST_FLOOR = 1.05
"""Factor by which a process may differ from the next one whatever its code: where its objects lie in memory."""

Rows = Mapping[str, Row]
"""By name."""


class NoBaseline(Exception):
    """There is no such run, or the file holds none; the text says which there are."""


@dataclass(frozen=True, slots=True)
class Change:
    """One benchmark in two runs."""

    name: str
    then: float
    """Ratio to the control of the same run."""
    now: float
    measured: Ratio
    """Now over then."""
    floor: float

    @property
    def word(self) -> Word:
        return word(self.measured, self.floor)

    def is_slower_by(self, threshold: float) -> bool:
        """Beyond the noise, and by more than this share."""
        return self.word is Word.SLOWER and self.measured.estimate > 1 + threshold


def path_of(name: str, folder: Path = FOLDER) -> Path:
    """Where a run of that name is kept. One that names a `.json` file is a file anywhere."""
    return Path(name) if name.endswith(".json") else folder / f"{name}.json"


def load(name: str, folder: Path = FOLDER) -> Rows:
    """A saved run. Raises `NoBaseline`."""
    try:
        entries = json.loads(path_of(name, folder).read_text("utf-8"))["benchmarks"]
        rows = [Row.read(entry) for entry in entries]
    except OSError:
        there = ", ".join(sorted(path.stem for path in folder.glob("*.json"))) or "none yet"
        raise NoBaseline(f"no baseline {name!r}; saved: {there}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NoBaseline(f"{name!r} holds no run of these benchmarks") from None
    return {row.name: row for row in rows}


def changes(then: Rows, now: Rows) -> list[Change]:
    """What both runs have measured, in the order of the later one."""
    floors = floors_of((*then.values(), *now.values()))
    return [
        _change(then[name], row, floors.get(row.group, LEAST_FLOOR))
        for name, row in now.items()
        if name in then and not row.is_noise
    ]


def floors_of(rows: Iterable[Row]) -> dict[str, float]:
    """Group → the factor that means nothing in it: the most that a control differed from itself."""
    found: dict[str, float] = {}
    for row in rows:
        if row.is_noise:
            found[row.group] = max(found.get(row.group, LEAST_FLOOR), noise_floor(row.relative))
    return found


def _change(then: Row, now: Row, floor: float) -> Change:
    """The rounds of two runs belong to no pairs, but drawing them as such is as good: neither depends on the other."""
    rounds = min(len(then.seconds), len(now.seconds))
    measured = ratio(now.ratios[:rounds], then.ratios[:rounds], resamples=RESAMPLES, seed=0)
    return Change(now.name, then.relative.estimate, now.relative.estimate, measured, floor)


def told(found: Sequence[Change], threshold: float) -> Iterator[str]:
    """A verdict for each benchmark, and one for all."""
    yield f"{'':72}{'then':>8}{'now':>8}{'change':>9}  {'interval':18} {'floor':>6}"
    for one in found:
        interval = f"[{one.measured.low - 1:+.1%}, {one.measured.high - 1:+.1%}]"
        yield (
            f"{one.name.partition('::')[2]:72}{one.then:8.2f}{one.now:8.2f}{one.measured.estimate - 1:+9.1%}"
            f"  {interval:18} {one.floor - 1:6.1%}  {one.word}"
        )
    slower = sum(one.is_slower_by(threshold) for one in found)
    yield ""
    yield f"{len(found)} compared, each by its ratio to its control; {slower} slower by more than {threshold:.0%}"
