"""A figure with a row for each contender, on an axis that all of them share.

It comes in two widths, for a window and for a telephone: text keeps its size, the names of the rows move
above them. What a figure shows stands in a table as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from django.utils.safestring import SafeString
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from .svg import ACCENT, INK, QUIET, inline

WIDE, NARROW = 880, 326
FOOT, _TOP = 44, 10
"""Pixels for the axis below, and above the first row."""
_NAMES, _VALUES = 262, 96
"""Pixels for the names of the rows and for their values, where they stand beside them."""
DECADES = tuple(base * 10**power for power in range(-4, 9) for base in (1, 2, 5))


@dataclass(frozen=True)
class Plot:
    """A figure in both widths."""

    wide: SafeString
    narrow: SafeString


@dataclass(frozen=True)
class Row:
    """A contender's place in a figure."""

    name: str
    value: str
    counted: bool

    @property
    def colour(self) -> str:
        return ACCENT if self.counted else QUIET


Mark = Callable[[Axes, float, float, int], None]
"""Draws, at that height and so far above and below it, the row of that number."""


def figure_of(name: str, title: str, says: str, label: str, rows: Sequence[Row], scale: Scale, mark: Mark) -> Plot:
    def width(suffix: str, pixels: int, each: int) -> SafeString:
        draw = partial(_draw_rows, label=label, rows=rows, scale=scale, mark=mark, beside=pixels == WIDE)
        height = _TOP + each * len(rows) + FOOT
        return inline(f"{name}-{suffix}", pixels, height, draw, title=title, says=says)

    return Plot(width("wide", WIDE, 24), width("narrow", NARROW, 40))


@dataclass(frozen=True)
class Scale:
    """The axis of a figure."""

    low: float
    high: float
    ticks: Sequence[float]
    logarithmic: bool = True
    unit: str = ""

    def on(self, axes: Axes) -> None:
        axes.set_xscale("log" if self.logarithmic else "linear")
        axes.set_xlim(self.low, self.high)
        axes.xaxis.set_major_locator(FixedLocator([one for one in self.ticks if self.low <= one <= self.high]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}{self.unit}"))


def _draw_rows(figure: Figure, *, label: str, rows: Sequence[Row], scale: Scale, mark: Mark, beside: bool) -> None:
    width, height = figure.get_size_inches() * 72
    left, right = (_NAMES if beside else 12), (_VALUES if beside else 16)
    axes = figure.add_axes((left / width, FOOT / height, 1 - (left + right) / width, 1 - (FOOT + _TOP) / height))
    scale.on(axes)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks([])
    axes.grid(axis="x", zorder=0)
    axes.tick_params(length=0)
    axes.set_xlabel(label)
    for number, row in enumerate(rows):
        at = number if beside else number + 0.18
        mark(axes, at, 0.42 if beside else 0.28, number)
        edge = axes.get_yaxis_transform()
        colour = INK if row.counted else QUIET
        if beside:
            axes.text(-0.015, at, row.name, transform=edge, ha="right", va="center", color=colour)
            axes.text(1.015, at, row.value, transform=edge, ha="left", va="center", color=colour)
        else:
            axes.text(0, number - 0.27, row.name, transform=edge, ha="left", va="center", color=colour)
            axes.text(1, number - 0.27, row.value, transform=edge, ha="right", va="center", color=colour)


def linear(values: Iterable[float], unit: str = "") -> Scale:
    """From zero, or from what lies below it, to a little beyond the greatest."""
    found = [0.0, *values]
    high = max(found) * 1.05 or 1.0
    step = next(one for one in DECADES if high / one <= 6)
    low = min(found) * 1.05
    first = int(low // step)
    return Scale(low, high, [step * number for number in range(first, 8)], logarithmic=False, unit=unit)
