"""The figures of one connection at a time: ratios with their noise, and how the times are spread."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from bench.results import Latency, Results
from bench.view import counted, readable

from .rows import DECADES, Plot, Row, Scale, figure_of
from .svg import NOISE, QUIET

UNSEEN = 0.005
"""Of a ridge's height: what is flatter than that is not drawn."""
TICKS = (0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 4, 6, 8, 12, 16)


def forest(results: Results) -> Plot | None:
    """Each contender's ratio to no authentication, with its interval and the noise of the run."""
    found = [one for one in results.authenticated if one.ratio and one.low and one.high]
    if not found:
        return None
    pairs, noise = counted(results), results.noise or 1.0
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
    return figure_of(
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
    pairs = counted(results)
    rows = [Row(readable(one.key), f"{(one.p50 or 0) / 1000:.2f} ms", one.key in pairs) for one in found]
    inner = np.concatenate([_inner(one) for one in found])
    low, high = float(inner.min()) * 0.9, float(inner.max()) * 1.1
    grid = np.linspace(np.log10(low), np.log10(high), 70)

    def mark(axes: Axes, at: float, half: float, number: int) -> None:
        one, row = found[number], rows[number]
        density = _density(np.log10(np.array(one.quantiles) / 1000), grid)
        seen = density > UNSEEN * density.max()
        where, top = 10 ** grid[seen], at + half - 2 * half * (density / density.max())[seen]
        axes.fill_between(where, at + half, top, color=row.colour, alpha=0.35, lw=0, zorder=2)
        axes.plot(where, top, color=row.colour, lw=1.2, zorder=3)
        axes.plot([(one.p50 or 0) / 1000] * 2, [at - half, at + half], color=row.colour, lw=2, zorder=4)

    says = "; ".join(f"{readable(one.key)} {(one.p50 or 0) / 1000:.2f} ms" for one in found)
    return figure_of(
        "ridges",
        "How times to authenticated are spread",
        f"The density of each contender’s times on a logarithmic axis. Medians: {says}.",
        "milliseconds, logarithmic; the bar is the median",
        rows,
        Scale(low, high, DECADES),
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
