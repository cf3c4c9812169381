from __future__ import annotations

import pytest

from bench.page import times
from bench.results import Results
from tests.bench import made
from tests.bench.page.shown import both, texts


def test_the_forest_names_everybody_with_a_ratio_in_both_widths() -> None:
    for svg in both(times.forest(made.results())):
        assert {"header × one", "1.50×", "cookie × two", "2.00×", "control-none (again)"} <= set(texts(svg))
        assert "1.40 to 1.60" in svg
        assert "noise reaches from 0.95 to 1.05" in svg
        assert svg.count("var(--noise)") == 1


def test_the_ridges_show_the_medians() -> None:
    for svg in both(times.ridges(made.results())):
        assert {"header × one", "2.00 ms", "control-none", "1.00 ms"} <= set(texts(svg))


@pytest.mark.parametrize(
    "results",
    [
        made.results(authenticated=[]),
        made.results(authenticated=[made.latency("header/one", quantiles=[], p50=None)]),
    ],
)
def test_without_samples_there_is_no_figure(results: Results) -> None:
    assert times.forest(results) is None
    assert times.ridges(results) is None


def test_equal_samples_have_a_ridge_too() -> None:
    assert times.ridges(made.results(authenticated=[made.latency("header/one", quantiles=[2_000] * 30)]))


def test_without_noise_there_is_a_forest_all_the_same() -> None:
    assert times.forest(made.results(noise=None))
