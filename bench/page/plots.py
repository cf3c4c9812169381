"""The figures of the report: a row a contender, on an axis that all of them share.

Each comes in two widths, for a window and for a telephone: text keeps its size, the names of the rows move
above them. What a figure shows stands in a table as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from django.utils.safestring import SafeString
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bench.results import Latency, Results
from bench.storms import Offered, Storm
from bench.view import readable

from .svg import ACCENT, INK, NOISE, NOTE, QUIET, inline

WIDE, NARROW = 880, 326
_FOOT, _TOP = 44, 10
"""Pixels for the axis below, and above the first row."""
_NAMES = 262
"""Pixels for the names of the rows, where they stand beside them."""
_VALUES = 96
TICKS = (0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 4, 6, 8, 12, 16)
_DECADES = tuple(base * 10**power for power in range(-2, 5) for base in (1, 2, 5))
ACHIEVED = 0.99
"""Handshakes done per one offered below which a server falls behind [bench/storm]."""


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


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────


def _rows(name: str, title: str, says: str, label: str, rows: Sequence[Row], scale: Scale, mark: Mark) -> Plot:
    def width(suffix: str, pixels: int, each: int) -> SafeString:
        draw = partial(_draw_rows, label=label, rows=rows, scale=scale, mark=mark, beside=pixels == WIDE)
        height = _TOP + each * len(rows) + _FOOT
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
    axes = figure.add_axes((left / width, _FOOT / height, 1 - (left + right) / width, 1 - (_FOOT + _TOP) / height))
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


def _linear(values: Iterable[float], unit: str = "") -> Scale:
    """From zero, or from what lies below it, to a little beyond the greatest."""
    found = [0.0, *values]
    high = max(found) * 1.05 or 1.0
    step = next(one for one in _DECADES if high / one <= 6)
    low = min(found) * 1.05
    first = int(low // step)
    return Scale(low, high, [step * number for number in range(first, 8)], logarithmic=False, unit=unit)


# ── one connection at a time ─────────────────────────────────────────────────────────────────────


def forest(results: Results) -> Plot | None:
    """Each contender's ratio to no authentication, with its interval and the noise of the run."""
    found = [one for one in results.authenticated if one.ratio and one.low and one.high]
    if not found:
        return None
    pairs, noise = _counted(results), results.noise or 1.0
    rows = [Row(readable(one.key), f"{one.ratio:.2f}×", one.key in pairs) for one in found]
    low = min(0.8, *(one.low for one in found if one.low), 1 / noise) * 0.97
    high = max(1.6, *(one.high for one in found if one.high)) * 1.03

    def mark(axes: Axes, at: float, half: float, number: int) -> None:
        one, colour = found[number], rows[number].colour
        if number == 0:
            axes.axvspan(1 / noise, noise, color=NOISE, zorder=0, lw=0)
            axes.axvline(1, color=QUIET, lw=1.2, zorder=1)
        axes.plot([one.low, one.high], [at, at], color=colour, lw=3, solid_capstyle="butt", alpha=0.55, zorder=2)
        _point(axes, float(one.ratio or 1), at, rows[number])

    says = "; ".join(f"{readable(one.key)} {one.ratio:.2f} ({one.low:.2f} to {one.high:.2f})" for one in found)
    return _rows(
        "forest",
        "Time to authenticated, as a multiple of no authentication",
        f"Median and 95 % interval: {says}. The band of noise reaches from {1 / noise:.2f} to {noise:.2f}.",
        "× no authentication, logarithmic",
        rows,
        Scale(low, high, TICKS, unit="×"),
        mark,
    )


def _point(axes: Axes, x: float, y: float, row: Row) -> None:
    """Full for a pair, hollow for what it is compared with."""
    fill = row.colour if row.counted else "none"
    axes.plot([x], [y], "o", ms=7, mfc=fill, mec=row.colour, mew=1.6, zorder=3)


def ridges(results: Results) -> Plot | None:
    """How the times of each contender are spread, from their quantiles."""
    found = [one for one in results.authenticated if len(one.quantiles) >= 20 and one.p50]
    if not found:
        return None
    pairs = _counted(results)
    rows = [Row(readable(one.key), f"{(one.p50 or 0) / 1000:.2f} ms", one.key in pairs) for one in found]
    inner = np.concatenate([_inner(one) for one in found])
    low, high = float(inner.min()) * 0.9, float(inner.max()) * 1.1
    grid = np.linspace(np.log10(low), np.log10(high), 100)

    def mark(axes: Axes, at: float, half: float, number: int) -> None:
        one, row = found[number], rows[number]
        density = _density(np.log10(np.array(one.quantiles) / 1000), grid)
        top = at + half - 2 * half * density / density.max()
        axes.fill_between(10**grid, at + half, top, color=row.colour, alpha=0.35, lw=0, zorder=2)
        axes.plot(10**grid, top, color=row.colour, lw=1.2, zorder=3)
        axes.plot([(one.p50 or 0) / 1000] * 2, [at - half, at + half], color=row.colour, lw=2, zorder=4)

    says = "; ".join(f"{readable(one.key)} {(one.p50 or 0) / 1000:.2f} ms" for one in found)
    return _rows(
        "ridges",
        "How times to authenticated are spread",
        f"The density of each contender’s times on a logarithmic axis. Medians: {says}.",
        "milliseconds, logarithmic; the bar is the median",
        rows,
        Scale(low, high, _DECADES),
        mark,
    )


def _inner(one: Latency) -> np.ndarray:
    """Milliseconds, without the outermost hundredths: they would take the whole axis."""
    values = np.array(one.quantiles) / 1000
    return np.quantile(values, [0.005, 0.98])


def _density(values: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """A Gaussian kernel estimate [Silverman 1986, §3.4.2]."""
    spread = min(float(values.std()), float(np.subtract(*np.quantile(values, [0.75, 0.25]))) / 1.34) or 0.01
    width = 0.9 * spread * len(values) ** -0.2
    return np.exp(-0.5 * ((grid[:, None] - values[None, :]) / width) ** 2).sum(axis=1) + 1e-12


def _counted(results: Results) -> set[str]:
    return {column.key for column in results.columns if column.counted}


# ── many at once ─────────────────────────────────────────────────────────────────────────────────


def added_cpu(storm: Storm, name: str, pairs: set[str]) -> Plot:
    """The server's processor time per handshake above no authentication."""
    found = [(one.key, one.added_cpu) for one in storm.closed]
    return _bars(
        name,
        "Processor time added per handshake",
        "µs of the server’s processor time above no authentication",
        found,
        pairs,
        lambda value: f"{value:+,.0f} µs",
    )


def connect_rate(storm: Storm, name: str, pairs: set[str]) -> Plot:
    """Handshakes a second over those of no authentication."""
    found = [(one.key, one.ratio) for one in storm.closed]
    return _bars(
        name,
        "Connect rate, as a share of no authentication",
        "handshakes a second, no authentication = 1",
        found,
        pairs,
        lambda value: f"{value:.2f}",
        [(one.low, one.high) for one in storm.closed],
    )


def memory(storm: Storm, name: str, pairs: set[str]) -> Plot:
    """What an idle connection holds."""
    found = [
        (one.key, (one.slope_bytes if one.over_none_bytes is None else one.over_none_bytes) / 1024)
        for one in storm.memory
        if not one.deflate
    ]
    return _bars(
        name,
        "Memory per idle connection",
        "KiB of the server’s own memory above no authentication",
        found,
        pairs,
        lambda value: f"{value:.1f} KiB",
    )


def _bars(
    name: str,
    title: str,
    label: str,
    found: Sequence[tuple[str, float]],
    pairs: set[str],
    told: Callable[[float], str],
    intervals: Sequence[tuple[float, float]] = (),
) -> Plot:
    rows = [Row(readable(key), told(value), key.partition(" (")[0] in pairs) for key, value in found]

    def mark(axes: Axes, at: float, half: float, number: int) -> None:
        axes.barh(at, found[number][1], height=1.2 * half, color=rows[number].colour, alpha=0.75, zorder=2)
        if intervals:
            axes.plot(intervals[number], [at, at], color=INK, lw=1.2, zorder=3)

    says = "; ".join(f"{row.name} {row.value}" for row in rows)
    ends = [value for _, value in found] + [high for _, high in intervals]
    return _rows(name, title, f"{title}: {says}.", label, rows, _linear(ends), mark)


# ── rates ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Curve:
    """A contender's latencies over offered rates, and the highest rate at which it keeps pace."""

    key: str
    rows: list[Offered]
    knee: Offered | None


def curves(storm: Storm) -> list[Curve]:
    """Of those who were offered more than one rate."""
    by_key: dict[str, list[Offered]] = {}
    for row in sorted(storm.open, key=lambda one: one.rate):
        by_key.setdefault(row.key, []).append(row)
    return [Curve(key, rows, _knee(rows)) for key, rows in by_key.items() if len(rows) > 1]


def _knee(rows: Sequence[Offered]) -> Offered | None:
    """A rate counts only if the server kept pace with all lower ones."""
    knee = None
    for row in rows:
        if row.achieved < ACHIEVED:
            break
        knee = row
    return knee


def latency_by_rate(storm: Storm, name: str, pairs: set[str]) -> Plot | None:
    found = [curve for curve in curves(storm) if sum(row.p95 is not None for row in curve.rows) > 1]
    if not found:
        return None
    knees = "; ".join(f"{readable(one.key)} {f'{one.knee.rate:g}' if one.knee else 'none'}" for one in found)
    title = "Latency against offered rate"
    says = f"p95 over arrivals a second, from the intended start. Highest rate that each keeps pace with: {knees}."

    def width(suffix: str, pixels: int, height: int) -> SafeString:
        draw = partial(_draw_curves, found=found, pairs=pairs)
        return inline(f"{name}-{suffix}", pixels, height, draw, title=title, says=says)

    return Plot(width("wide", WIDE, 380), width("narrow", NARROW, 320))


def _draw_curves(figure: Figure, *, found: Sequence[Curve], pairs: set[str]) -> None:
    width, height = figure.get_size_inches() * 72
    axes = figure.add_axes((48 / width, _FOOT / height, 1 - 64 / width, 1 - (_FOOT + 26) / height))
    shown = [(curve, [row for row in curve.rows if row.p95 is not None]) for curve in found]
    rates = [row.rate for _, rows in shown for row in rows]
    for curve, rows in shown:
        colour = ACCENT if curve.key in pairs else NOTE
        dashes = "-" if curve.key in pairs else "--"
        axes.plot(
            [row.rate for row in rows], [(row.p95 or 0) / 1000 for row in rows], dashes, color=colour, lw=1.6, alpha=0.8
        )
        if curve.knee and curve.knee.p95 is not None:
            axes.plot([curve.knee.rate], [curve.knee.p95 / 1000], "o", ms=6, mfc=colour, mec=INK)
    axes.set_yscale("log")
    axes.set_xlim(0, max(rates) * 1.05)
    axes.yaxis.set_major_locator(FixedLocator(_DECADES))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(axis="y")
    axes.tick_params(length=0)
    axes.set_xlabel("arrivals a second")
    axes.text(
        0,
        1.03,
        "p95, ms; ● the highest rate it keeps pace with; dashed: controls",
        transform=axes.transAxes,
        color=QUIET,
        fontsize=12 if width > NARROW else 9,
    )
