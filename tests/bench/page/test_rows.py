from __future__ import annotations

import pytest
from matplotlib.axes import Axes

from bench.page.rows import NARROW, WIDE, Plot, Row, figure_of, linear
from tests.bench.page.shown import both, texts


def plot(*rows: Row) -> Plot:
    def mark(axes: Axes, at: float, half: float, number: int) -> None:
        axes.plot([1, 2], [at, at + half])
        seen.append(number)

    seen: list[int] = []
    made = figure_of("toy", "A toy", "Says it all.", "apples", rows, linear([3.0]), mark)
    assert seen == [*range(len(rows))] * 2
    return made


def test_every_row_has_its_name_and_value_in_both_widths() -> None:
    for svg in both(plot(Row("header × one", "1.50", True), Row("tutorial", "2.00", False))):
        assert {"header × one", "1.50", "tutorial", "2.00", "apples"} <= set(texts(svg))
        assert "Says it all." in svg


def test_a_narrow_figure_is_narrow_and_higher() -> None:
    wide, narrow = both(plot(Row("one", "1", True)))
    assert wide.startswith(f'<svg viewBox="0 0 {WIDE} 78"')
    assert narrow.startswith(f'<svg viewBox="0 0 {NARROW} 94"')


@pytest.mark.parametrize("most", [0.0, 0.004, 1.0, 17.0, 900.0, 5e6])
def test_a_linear_scale_begins_at_zero_and_holds_all(most: float) -> None:
    scale = linear([most])
    assert scale.low == 0
    assert scale.high > most
    assert 2 <= sum(scale.low <= tick <= scale.high for tick in scale.ticks) <= 8


def test_a_linear_scale_goes_below_zero_where_it_must() -> None:
    scale = linear([-40.0, 90.0])
    assert scale.low < -40
    assert any(tick < 0 for tick in scale.ticks)
