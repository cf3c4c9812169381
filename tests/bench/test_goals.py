from __future__ import annotations

import re
from typing import Any

import pytest

from bench.goals import FRAMES, summary

from .rounds_made import entry, noise, rows


def said(*entries: dict[str, Any]) -> str:
    return "\n".join(summary(rows(entries).values()))


@pytest.mark.parametrize(("took", "word"), [(1.1, "met"), (1.4, "missed")])
def test_what_a_connect_costs_beside_the_tutorial(took: float, word: str) -> None:
    """The tutorial adds twice the control here, so a sixth of it is a third of the control."""
    text = said(entry("tutorial", 3, spread=0), entry("header/authtoken", took, spread=0), noise())
    told = re.search(r"authtoken adds at most ([\d.]+) \[.*\] of what the tutorial adds \(header/authtoken\)", text)
    assert told
    assert float(told[1]) == pytest.approx((took - 1) / 2, rel=0.05)
    assert f"goal of 0.167 is {word} by 1" in text
    assert "added to a connect inside the process, 64 at once" in text
    assert re.search(r"^  tutorial .* 1\.00 +0\.50$", text, re.MULTILINE)


def test_an_interval_that_holds_the_goal_decides_nothing() -> None:
    """A third of the control is the goal here, and lies within what a spread of a half leaves open."""
    own, many = entry("header/authtoken", 1.34, spread=0.5), entry("cookie/authtoken", 1.1, spread=0)
    text = said(entry("tutorial", 3, spread=0), own, many)
    assert "the goal of 0.167 is not decided by 1, met by 1" in text


def test_nor_does_a_tutorial_of_a_wide_interval() -> None:
    text = said(entry("tutorial", 3, spread=0.9), entry("header/authtoken", 1.33, spread=0))
    assert "the goal of 0.167 is not decided by 1" in text


@pytest.mark.parametrize("took", [0.9, 1.0])
def test_there_is_no_share_of_a_tutorial_that_adds_nothing(took: float) -> None:
    text = said(entry("tutorial", took, spread=0), entry("header/authtoken", 1.1, spread=0))
    assert "what the tutorial adds is lost in the noise" in text
    assert re.search(r"^  header/authtoken .*–", text, re.MULTILINE)
    assert "goal" not in text


def test_the_goal_is_one_for_many_at_once() -> None:
    one = {"at_once": 1}
    text = said(entry("tutorial", 3, **one), entry("header/authtoken", 2, **one))
    assert "1 at once" in text
    assert "goal" not in text


def test_without_the_tutorial_there_is_no_share() -> None:
    text = said(entry("header/authtoken", 2))
    assert "–" in text
    assert "goal" not in text


def test_of_frames_the_interval_decides() -> None:
    frames = {"layer": FRAMES}
    text = said(
        entry("a/met", 1.01, spread=0.001, **frames),
        entry("b/missed", 1.2, spread=0.001, **frames),
        entry("c/unknown", 1.03, spread=0.5, **frames),
        noise(**frames),
    )
    assert "the goal of 3% is met by 1, missed by 1, not decided by 1" in text


def test_nothing_measured_nothing_said() -> None:
    assert said() == ""
    assert said(entry("x", 2, layer="find")) == ""
