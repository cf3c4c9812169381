"""What the tests of figures look for."""

from __future__ import annotations

import re

from bench.page.rows import Plot


def texts(svg: str) -> list[str]:
    """Those that are drawn."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def both(plot: Plot | None) -> list[str]:
    """The wide one and the narrow one."""
    assert plot
    return [plot.wide, plot.narrow]
