"""Figures of matplotlib as inline SVG that belongs to its page: its colours, its font, a title, no ids of its own.

Rules: the same figure gives the same text; nothing in it names a host; a colour is a variable of the page's
style sheet, so that a figure is light, dark or printed as its page is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK, QUIET, LINE, ACCENT, NOISE, NOTE = (f"#0101{number:02x}" for number in range(1, 7))
"""Stand-ins, in which a figure is drawn."""
_COLOURS = {
    INK: "currentColor",
    QUIET: "var(--quiet)",
    LINE: "var(--line)",
    ACCENT: "var(--accent)",
    NOISE: "var(--noise)",
    NOTE: "var(--note)",
}
STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "wsauth",
    "font.size": 12,
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": QUIET,
    "axes.labelsize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "xtick.color": LINE,
    "xtick.labelcolor": QUIET,
    "ytick.color": LINE,
    "ytick.labelcolor": QUIET,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
}

_TEXT = re.compile(
    rf' style="font-size: {STYLE["font.size"]}px; text-anchor: (?P<anchor>\w+); '
    r'fill: (?P<fill>currentColor|var\(--quiet\))"'
)
"""What the style sheet says of a text by its classes."""
_LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}")

Draw = Callable[[Figure], None]


def inline(name: str, width: int, height: int, draw: Draw, *, title: str, says: str) -> SafeString:
    """An SVG element of so many pixels. `name`: unlike that of any other figure of the page."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width / 72, height / 72), dpi=72)
        draw(figure)
        out = io.StringIO()
        FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None})
    body = re.search(r"<svg[^>]*>(.*)</svg>", out.getvalue(), re.DOTALL)
    assert body
    opening = (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
        f' aria-labelledby="{name}-title {name}-says">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-says">{escape(says)}</desc>'
    )
    return mark_safe(f"{opening}{_at_home(body[1], name)}</svg>")


def _at_home(body: str, name: str) -> str:
    """Without metadata, rules for the whole page and foreign namespaces, in the page's colours and font."""
    body = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", body, flags=re.DOTALL)
    body = body.replace("xlink:href", "href")
    used = set(re.findall(r'(?:href="#|url\(#)([\w.-]+)', body))
    body = re.sub(r' id="([\w.-]+)"', lambda one: f' id="{name}-{one[1]}"' if one[1] in used else "", body)
    body = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", body)
    body = re.sub(r"font-family: [^;\"]*;? ?", "", body)
    for stand_in, colour in _COLOURS.items():
        body = body.replace(stand_in, colour)
    body = re.sub(r'"[^"]*"', lambda one: _LONG_NUMBER.sub(_rounded, one[0]), body)
    return _terse(re.sub(r"\s+", " ", re.sub(r">\s+<", "><", body)).strip())


def _terse(body: str) -> str:
    """Without what says nothing: a page has dozens of figures."""
    body = re.sub(r' transform="rotate\(-0 [^"]*"', "", body)
    body = _TEXT.sub(lambda one: f' class="{one["anchor"]}{" quiet" if "quiet" in one["fill"] else ""}"', body)
    body = re.sub(r' d="M ([^"MCQ]*)"', lambda one: f' d="M{one[1].replace(" L ", " ").strip()}"', body)
    return _without_bare_groups(body)


def _without_bare_groups(body: str) -> str:
    kept: list[bool] = []
    """Of the groups that are open."""

    def tag(found: re.Match[str]) -> str:
        if found[0] == "</g>":
            return found[0] if kept.pop() else ""
        if found[0].endswith("/>"):
            return ""
        kept.append(found[0] != "<g>")
        return found[0] if kept[-1] else ""

    return re.sub(r"</g>|<g\b[^>]*>", tag, body)


def _rounded(number: re.Match[str]) -> str:
    """To a tenth of a pixel."""
    return f"{float(number[0]):.1f}"
