from __future__ import annotations

import re

import pytest

from bench.page import plots
from bench.page.plots import Plot
from bench.results import Results
from tests.bench import made

PAIRS = {"header/one", "cookie/two"}


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def both(plot: Plot | None) -> list[str]:
    assert plot
    return [plot.wide, plot.narrow]


def test_the_forest_names_everybody_with_a_ratio_in_both_widths() -> None:
    for svg in both(plots.forest(made.results())):
        assert {"header × one", "1.50×", "cookie × two", "2.00×", "control-none (again)"} <= set(texts(svg))
        assert "1.40 to 1.60" in svg
        assert "noise reaches from 0.95 to 1.05" in svg
        assert svg.count("var(--noise)") == 1


def test_a_narrow_figure_is_narrow() -> None:
    wide, narrow = both(plots.forest(made.results()))
    assert f'width="{plots.WIDE}"' in wide
    assert f'width="{plots.NARROW}"' in narrow


def test_the_ridges_show_the_medians() -> None:
    for svg in both(plots.ridges(made.results())):
        assert {"header × one", "2.00 ms", "control-none", "1.00 ms"} <= set(texts(svg))


@pytest.mark.parametrize(
    "results",
    [
        made.results(authenticated=[]),
        made.results(authenticated=[made.latency("header/one", quantiles=[], p50=None)]),
    ],
)
def test_without_samples_there_is_no_figure(results: Results) -> None:
    assert plots.forest(results) is None
    assert plots.ridges(results) is None


def test_equal_samples_have_a_ridge_too() -> None:
    assert plots.ridges(made.results(authenticated=[made.latency("header/one", quantiles=[2_000] * 30)]))


def test_without_noise_there_is_a_forest_all_the_same() -> None:
    assert plots.forest(made.results(noise=None))


def test_storms_have_bars_with_their_values() -> None:
    storm = made.storm()
    for svg in both(plots.added_cpu(storm, "cpu", PAIRS)):
        assert texts(svg).count("+150 µs") == len(made.KEYS)
    for svg in both(plots.connect_rate(storm, "rate", PAIRS)):
        assert texts(svg).count("0.80") >= len(made.KEYS)
    for svg in both(plots.memory(storm, "memory", PAIRS)):
        assert texts(svg).count("3.0 KiB") == len(made.KEYS)


def test_less_than_nothing_is_drawn_to_the_left() -> None:
    closed = [
        made.storm().closed[0].__class__("a/b", 1.0, 1.0, 1.0, 1.0, 1.0, value, None, None) for value in (-40, 90)
    ]
    assert {"-40 µs", "+90 µs"} <= set(texts(both(plots.added_cpu(made.storm(closed=closed), "cpu", PAIRS))[0]))


def test_the_knee_is_the_highest_rate_kept_pace_with() -> None:
    knees = {curve.key: curve.knee and curve.knee.rate for curve in plots.curves(made.storm())}
    assert knees == {"header/one": 400, "cookie/two": 200, "control-none": 800, "tutorial": None}


def test_a_rate_counts_only_if_all_lower_ones_do() -> None:
    rows = [plots.Offered("a/b", rate, achieved, 1.0, 1.0, 1.0) for rate, achieved in ((1, 1), (2, 0.5), (3, 1))]
    (curve,) = plots.curves(made.storm(open=rows))
    assert curve.knee is rows[0]


def test_latency_by_rate_needs_rates() -> None:
    for svg in both(plots.latency_by_rate(made.storm(), "rates", PAIRS)):
        assert "arrivals a second" in texts(svg)
        assert "header × one 400; cookie × two 200; control-none 800; tutorial none" in svg
    assert plots.latency_by_rate(made.storm(open=made.storm().open[:1]), "rates", PAIRS) is None
