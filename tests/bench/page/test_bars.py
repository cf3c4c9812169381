from __future__ import annotations

from dataclasses import replace

import pytest

from bench.page import bars
from tests.bench import made
from tests.bench.page.shown import both, texts

PAIRS = {"header/one", "cookie/two"}
BESIDE = len(made.KEYS) - 1
"""Without the control, which is held against nothing."""


def test_storms_have_bars_with_their_values() -> None:
    storm = made.storm()
    for svg in both(bars.added_cpu(storm, "cpu", PAIRS)):
        assert texts(svg).count("+150 µs") == BESIDE
    for svg in both(bars.connect_rate(storm, "rate", PAIRS)):
        assert texts(svg).count("0.80") >= BESIDE
    for svg in both(bars.memory(storm, "memory", PAIRS)):
        assert texts(svg).count("3.0 KiB") == BESIDE


def test_who_gave_wrong_answers_has_a_word_in_place_of_a_bar() -> None:
    storm = made.failing_storm()
    for draw, value in ((bars.added_cpu, "+150 µs"), (bars.memory, "3.0 KiB")):
        for svg in both(draw(storm, "x", PAIRS)):
            assert texts(svg).count("wrong answers") == 1
            assert texts(svg).count(value) == BESIDE - 1
    assert "wrong answers" in texts(both(bars.connect_rate(storm, "x", PAIRS))[0])


def test_a_control_that_failed_is_shown_with_its_word() -> None:
    fine = made.storm()
    storm = made.storm(closed=[replace(one, failures={"x": 1} if "none" in one.key else {}) for one in fine.closed])
    for draw in (bars.added_cpu, bars.connect_rate, bars.memory):
        assert {"control-none", "wrong answers"} <= set(texts(both(draw(storm, "x", PAIRS))[0]))
        assert "control-none" not in texts(both(draw(fine, "x", PAIRS))[0])


def test_without_a_figure_there_is_no_bar_either() -> None:
    """Where it was the control that failed."""
    without = made.closed("header/one", relative=None, added_cpu=None)
    storm = made.storm(closed=[without, *made.storm().closed[1:]])
    assert texts(both(bars.added_cpu(storm, "x", PAIRS))[0]).count("–") == 1
    assert texts(both(bars.connect_rate(storm, "x", PAIRS))[0]).count("–") == 1


def test_less_than_nothing_is_drawn_to_the_left() -> None:
    closed = [made.closed("a/b", added_cpu=value) for value in (-40, 90)]
    assert {"-40 µs", "+90 µs"} <= set(texts(both(bars.added_cpu(made.storm(closed=closed), "cpu", PAIRS))[0]))


def test_who_never_was_all_back_has_a_dash() -> None:
    fine = made.storm().reconnects
    storm = made.storm(reconnects=[replace(fine[0], recovery_seconds=None, failures={"HTTP 503": 3}), *fine[1:]])
    for svg in both(bars.recovery(storm, "back", PAIRS)):
        assert (texts(svg).count("2.5 s"), texts(svg).count("–")) == (len(made.KEYS) - 1, 1)


def test_an_echo_is_told_by_its_median_while_others_are_refused() -> None:
    lost = replace(made.storm().recovery[0], before_ms=None, during_ms=None, worst_ms=None)
    storm = made.storm(recovery=[lost, made.storm().recovery[1]])
    for svg in both(bars.echo(storm, "echo", PAIRS)):
        assert (texts(svg).count("17.0 ms"), texts(svg).count("–")) == (1, 1)


@pytest.mark.parametrize("p99", [0.083, None])
def test_log_outs_of_several_runs_stand_beside_each_other(p99: float | None) -> None:
    other = made.kick(facts={"database": "postgresql 15"}, p99=p99)
    svg = both(bars.log_outs([made.kick(), other], "log-outs"))[0]
    assert {"2 × daphne, sqlite 3 (1)", "2 × daphne, postgresql 15 (2)", "41 · 83 ms"} <= set(texts(svg))
    assert ("41 · – ms" in texts(svg)) is (p99 is None)


def test_log_outs_that_ended_nobody_or_otherwise_have_no_bar() -> None:
    nobody, wrong = made.kick(p50=None, p99=None, max=None), made.kick(wrong={"lived on": 1})
    assert {"–", "wrong answers"} <= set(texts(both(bars.log_outs([nobody, wrong], "log-outs"))[0]))
