from __future__ import annotations

import re
from typing import Any

import pytest

from bench.breakdown import FRAMES, benched, goals, summary
from bench.judged import Judged, Verdict

from .rounds_made import entry, noise, rows


def said(*entries: dict[str, Any]) -> str:
    return "\n".join(summary(rows(entries).values()))


def judged(*entries: dict[str, Any]) -> dict[str, Judged]:
    """By contender."""
    return {one.key: one for one in goals(rows(entries).values())}


@pytest.mark.parametrize(("took", "word"), [(1.1, Verdict.MET), (1.4, Verdict.MISSED)])
def test_what_a_connect_costs_beside_the_tutorial(took: float, word: Verdict) -> None:
    """The tutorial adds twice the control here, so a sixth of it is a third of the control."""
    entries = (entry("tutorial", 3, spread=0), entry("header/authtoken", took, spread=0), noise())
    (one,) = judged(*entries).values()
    assert one.measured
    assert (one.goal, one.word) == ("in-process", word)
    assert one.measured.estimate == pytest.approx((took - 1) / 2, rel=0.05)
    text = said(*entries)
    assert re.search(rf"^added to a connect inside the process, of.*, authtoken: ≤ 0\.167: {word} by 1$", text, re.M)
    assert "added to a connect inside the process, 64 at once" in text
    assert re.search(r"^  tutorial .* 1\.00 +0\.50$", text, re.MULTILINE)


def test_an_interval_that_holds_the_goal_decides_nothing() -> None:
    """A third of the control is the goal here, and lies within what a spread of a half leaves open."""
    own, many = entry("header/authtoken", 1.34, spread=0.5), entry("cookie/authtoken", 1.1, spread=0)
    found = judged(entry("tutorial", 3, spread=0), own, many)
    assert (found["header/authtoken"].word, found["cookie/authtoken"].word) == (Verdict.UNDECIDED, Verdict.MET)


def test_nor_does_a_tutorial_of_a_wide_interval() -> None:
    found = judged(entry("tutorial", 3, spread=0.9), entry("header/authtoken", 1.33, spread=0))
    assert found["header/authtoken"].word is Verdict.UNDECIDED


@pytest.mark.parametrize("took", [0.9, 1.0])
def test_there_is_no_share_of_a_tutorial_that_adds_nothing(took: float) -> None:
    entries = (entry("tutorial", took, spread=0), entry("header/authtoken", 1.1, spread=0))
    text = said(*entries)
    assert "what the tutorial adds is lost in the noise" in text
    assert re.search(r"^  header/authtoken .*–", text, re.MULTILINE)
    assert [(one.measured, one.word) for one in judged(*entries).values()] == [(None, Verdict.UNDECIDED)]


def test_the_goal_is_one_for_many_at_once() -> None:
    one = {"at_once": 1}
    entries = (entry("tutorial", 3, **one), entry("header/authtoken", 2, **one))
    assert "1 at once" in said(*entries)
    assert judged(*entries) == {}


def test_without_the_tutorial_there_is_no_share() -> None:
    assert "–" in said(entry("header/authtoken", 2))
    assert judged(entry("header/authtoken", 2)) == {}


def test_of_frames_the_interval_decides() -> None:
    frames = {"layer": FRAMES}
    found = judged(
        entry("a/met", 1.01, spread=0.001, **frames),
        entry("b/missed", 1.2, spread=0.001, **frames),
        entry("c/unknown", 1.03, spread=0.5, **frames),
        noise(**frames),
    )
    assert {key: one.word.value for key, one in found.items()} == {
        "a/met": "met",
        "b/missed": "missed",
        "c/unknown": "not decided",
    }
    assert found["b/missed"].measured
    assert found["b/missed"].measured.estimate == pytest.approx(20, abs=0.2)


def test_the_database_is_told() -> None:
    versions = {"versions": {"database": "sqlite 3"}}
    assert "goals, in process, sqlite 3" in said(entry("a/b", 1.01, layer=FRAMES, **versions))
    assert benched(rows([entry("a/b", 1, **versions)]).values(), "make bench").versions == versions["versions"]


def test_nothing_measured_nothing_said() -> None:
    assert said() == ""
    assert said(entry("x", 2, layer="find")) == ""
