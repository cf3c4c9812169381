"""Figures with a bar for each contender: what a storm and a log-out have found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from bench.lineup import CONTROL
from bench.reached import where
from bench.storm.figures import Row as Closed
from bench.storms import Kick, Storm
from bench.view import NONE, readable

from .rows import Plot, Row, figure_of, linear
from .svg import INK

WRONG = "wrong answers"
"""In place of a figure."""


@dataclass(frozen=True)
class Bar:
    """`value`: None where there is none. `line`: from where to where, beside the bar's end."""

    key: str
    value: float | None
    line: tuple[float, float] | None = None
    told: str = NONE


@dataclass(frozen=True)
class Drawing:
    """What a figure is of."""

    name: str
    """Unlike that of any other figure of the page."""
    title: str
    label: str
    """Of its axis."""


def added_cpu(storm: Storm, name: str, pairs: set[str]) -> Plot:
    """The server's processor time per handshake above no authentication."""
    drawing = Drawing(name, "Processor time added per handshake", "µs of the server’s processor time")
    found = [bar(row.key, row.added_cpu, "{:+,.0f} µs") for row in storm.closed if _is_beside(row.key, storm)]
    return bars(drawing, found, pairs, storm.failures)


def connect_rate(storm: Storm, name: str, pairs: set[str]) -> Plot:
    """Handshakes a second over those of no authentication."""
    drawing = Drawing(
        name, "Connect rate, as a share of no authentication", "handshakes a second, no authentication = 1"
    )
    return bars(drawing, [_ratio(row) for row in storm.closed if _is_beside(row.key, storm)], pairs, storm.failures)


def _ratio(row: Closed) -> Bar:
    of = row.relative
    return bar(row.key, of.estimate, "{:.2f}", (of.low, of.high)) if of else Bar(row.key, None)


def _is_beside(key: str, storm: Storm) -> bool:
    """The control is held against nothing, but what went wrong there is shown."""
    return key != CONTROL or key in storm.failures


def memory(storm: Storm, name: str, pairs: set[str]) -> Plot:
    """What an idle connection holds."""
    drawing = Drawing(name, "Memory per idle connection", "KiB of the server’s own memory, above no authentication")
    found = [
        bar(row.key, None if row.over_none_bytes is None else row.over_none_bytes / 1024, "{:.1f} KiB")
        for row in storm.memory
        if not row.deflate and _is_beside(row.key, storm)
    ]
    return bars(drawing, found, pairs, storm.failures)


def recovery(storm: Storm, name: str, pairs: set[str]) -> Plot:
    """How long it takes until all are back that were cut off. Refusals on the way are in the table."""
    drawing = Drawing(name, "Everybody back", "seconds from the cut to the last proof")
    return bars(drawing, [bar(row.key, row.recovery_seconds, "{:.1f} s") for row in storm.reconnects], pairs)


def echo(storm: Storm, name: str, pairs: set[str]) -> Plot:
    """What a user who is in notices while bad credentials are refused."""
    drawing = Drawing(name, "An echo while bad credentials are refused", "milliseconds")
    found = [
        bar(row.key, row.during_ms, "{:.1f} ms", (row.before_ms or 0.0, row.worst_ms) if row.worst_ms else None)
        for row in storm.recovery
    ]
    return bars(drawing, found, pairs, storm.failures)


def log_outs(kicks: Sequence[Kick], name: str) -> Plot:
    """How soon a log-out ends the sockets that it concerns, run by run."""
    drawing = Drawing(name, "From a log-out to the close frame", "milliseconds")
    names = [f"{place_of(one)} ({number})" for number, one in enumerate(kicks, 1)]
    wrong = {name for name, one in zip(names, kicks, strict=True) if one.wrong}
    found = [
        Bar(name, one.p50 * 1000, (one.p50 * 1000, one.max * 1000), f"{ms(one.p50)} · {ms(one.p99)} ms")
        if one.p50 and one.max
        else Bar(name, None)
        for name, one in zip(names, kicks, strict=True)
    ]
    return bars(drawing, found, set(names), wrong)


def place_of(kick: Kick) -> str:
    """By what runs are told apart."""
    size = kick.parameters
    return f"{size.processes} × {where(size.server, kick.facts)}"


def ms(seconds: float | None) -> str:
    return NONE if seconds is None else f"{seconds * 1000:.0f}"


def bar(key: str, value: float | None, told: str, line: tuple[float, float] | None = None) -> Bar:
    """`told`: the layout of its value."""
    return Bar(key, value, line, NONE if value is None else told.format(value))


def bars(drawing: Drawing, found: Sequence[Bar], pairs: set[str], failed: Collection[str] = ()) -> Plot:
    """A contender that failed has a word in place of a bar."""
    rows = [
        Row(readable(one.key), WRONG if one.key in failed else one.told, one.key.partition(" (before")[0] in pairs)
        for one in found
    ]
    drawn = [None if one.key in failed else one for one in found]

    def mark(axes: Axes, at: float, half: float, number: int) -> None:
        one = drawn[number]
        if one is None or one.value is None:
            return
        axes.barh(at, one.value, height=1.2 * half, color=rows[number].colour, alpha=0.75, zorder=2, clip_on=False)
        if one.line:
            axes.plot(one.line, [at, at], color=INK, lw=1.2, zorder=3, clip_on=False)

    says = "; ".join(f"{row.name} {row.value}" for row in rows)
    ends = [end for one in drawn if one for end in (one.value, *(one.line or ())) if end is not None]
    return figure_of(drawing.name, drawing.title, f"{drawing.title}: {says}.", drawing.label, rows, linear(ends), mark)
