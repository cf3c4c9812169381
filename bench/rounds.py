"""A benchmark beside its control: in each round both run, one right after the other.

What is told of a benchmark is its ratio to that control, round by round. What else the machine does falls
on both, and two machines' absolute times are never held against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any, Self

from .statistics import Ratio, ratio

ROUNDS, WARM_UP, RESAMPLES = 30, 3, 1_000
CONTROL_SECONDS = "control_seconds"


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one benchmark: seconds of each round, its own and its control's."""

    name: str
    """The test's id, which is the same in every run."""
    group: str
    seconds: tuple[float, ...] = field(repr=False)
    control: tuple[float, ...] = field(repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, benchmark: Mapping[str, Any]) -> Self:
        """From an entry of pytest-benchmark's JSON. Raises `KeyError` for one that had no control."""
        facts = dict(benchmark["extra_info"])
        control = tuple(facts.pop(CONTROL_SECONDS))
        return cls(benchmark["fullname"], benchmark["group"], tuple(benchmark["stats"]["data"]), control, facts)

    @property
    def is_noise(self) -> bool:
        """Whether this is the control beside itself."""
        return bool(self.facts["contender"] == again(self.facts["control"]))

    @property
    def ratios(self) -> list[float]:
        """To the control, of each round."""
        return [own / control for own, control in zip(self.seconds, self.control, strict=True)]

    @property
    def relative(self) -> Ratio:
        """The median of these, with its interval."""
        return ratio(self.ratios, [1.0] * len(self.seconds), resamples=RESAMPLES, seed=0)

    @property
    def added(self) -> float:
        """Seconds that one item takes longer than one of the control."""
        longer = [own - control for own, control in zip(self.seconds, self.control, strict=True)]
        return median(longer) / int(self.facts["items"])


def again(control: str) -> str:
    """What a control is called where it stands beside itself (A/A)."""
    return f"{control} (again)"


def side_by_side(
    benchmark: Any,
    subject: Callable[[], Any],
    control: Callable[[], Any],
    /,
    prepare: Callable[[], None] = lambda: None,
    **facts: Any,
) -> Any:
    """Benchmarks `subject` beside `control`; what `subject` returned. Both do `items` things in a call.

    `prepare` makes what a round uses up, before it and off the clock.
    """
    seconds: list[float] = []

    def beside() -> None:
        prepare()
        started = perf_counter()
        control()
        seconds.append(perf_counter() - started)

    found = benchmark.pedantic(subject, setup=beside, rounds=ROUNDS, warmup_rounds=WARM_UP)
    benchmark.extra_info.update(facts, **{CONTROL_SECONDS: seconds[-ROUNDS:]})
    return found
