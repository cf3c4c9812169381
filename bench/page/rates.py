"""Latency as users have it, over rates of arrivals that wait for nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.utils.safestring import SafeString
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bench.storm.queueing import Open
from bench.storms import Storm
from bench.view import readable

from .rows import DECADES, FOOT, NARROW, WIDE, Plot
from .svg import ACCENT, INK, NOTE, QUIET, inline

ACHIEVED = 0.99
"""Handshakes done per one offered below which a server falls behind [bench/storm]."""
_NAMES = 250
"""Pixels for the names at the ends of the lines."""
_APART = 0.05
"""Least distance between two of them, as a share of the height."""


@dataclass(frozen=True)
class Curve:
    """A contender's latencies over offered rates, and the highest rate at which it keeps pace."""

    key: str
    rows: list[Open]
    knee: Open | None


def curves(storm: Storm) -> list[Curve]:
    """Of those who were offered more than one rate, and gave no wrong answer."""
    by_key: dict[str, list[Open]] = {}
    for row in sorted(storm.open, key=lambda one: one.rate):
        if row.key in storm.failures:
            continue
        by_key.setdefault(row.key, []).append(row)
    return [Curve(key, rows, _knee(rows)) for key, rows in by_key.items() if len(rows) > 1]


def _knee(rows: Sequence[Open]) -> Open | None:
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

    return Plot(width("wide", WIDE, 440), width("narrow", NARROW, 320))


def _draw_curves(figure: Figure, *, found: Sequence[Curve], pairs: set[str]) -> None:
    width, height = figure.get_size_inches() * 72
    beside = _NAMES if width > NARROW else 16
    axes = figure.add_axes((48 / width, FOOT / height, 1 - (48 + beside) / width, 1 - (FOOT + 26) / height))
    ends = [_draw_curve(axes, curve, curve.key in pairs) for curve in found]
    axes.set_yscale("log")
    axes.set_xlim(0, max(rate for rate, _ in ends) * 1.05)
    axes.yaxis.set_major_locator(FixedLocator(DECADES))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(axis="y")
    axes.tick_params(length=0)
    axes.set_xlabel("arrivals a second")
    axes.text(0, 1.03, "p95, ms", transform=axes.transAxes, color=QUIET)
    if width > NARROW:
        _name_ends(axes, [(curve, *end) for curve, end in zip(found, ends, strict=True)], pairs)


def _draw_curve(axes: Axes, curve: Curve, counted: bool) -> tuple[float, float]:
    """The line, with its knee; returns where it ends."""
    points = [(row.rate, row.p95 / 1000) for row in curve.rows if row.p95 is not None]
    colour = ACCENT if counted else NOTE
    axes.plot(*zip(*points, strict=True), "-" if counted else "--", color=colour, lw=1.6, alpha=0.8)
    if curve.knee and curve.knee.p95 is not None:
        axes.plot([curve.knee.rate], [curve.knee.p95 / 1000], "o", ms=6, mfc=colour, mec=INK)
    return points[-1]


def _name_ends(axes: Axes, ends: Sequence[tuple[Curve, float, float]], pairs: set[str]) -> None:
    """Each name as near to the end of its line as the others leave room, with a thread between the two."""
    to_axes = axes.transData + axes.transAxes.inverted()
    placed = sorted(((*to_axes.transform((x, y)), curve) for curve, x, y in ends), key=lambda one: float(one[1]))
    for (x, y, curve), at in zip(placed, spread([float(y) for _, y, _ in placed], _APART), strict=True):
        axes.plot([x, 1.02], [y, at], color=QUIET, lw=0.5, transform=axes.transAxes, clip_on=False)
        colour = INK if curve.key in pairs else QUIET
        axes.text(1.03, at, readable(curve.key), transform=axes.transAxes, va="center", color=colour)


def spread(places: Sequence[float], apart: float) -> list[float]:
    """Ascending places moved so that neighbours are at least so far apart, and the last no higher than it must be."""
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + apart) if found else place)
    beyond = max(0.0, found[-1] - 1) if found else 0.0
    for number in reversed(range(len(found))):
        ceiling = found[number + 1] - apart if number + 1 < len(found) else found[number] - beyond
        found[number] = min(found[number], ceiling)
    return found
