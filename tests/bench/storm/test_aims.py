from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.goals import AT_ONCE
from bench.judged import Judged, Verdict
from bench.lineup import AGAIN
from bench.statistics import Ratio
from bench.storm.aims import CROWD, goals
from bench.storm.load import Plan, Results
from tests.bench import made

PLAN = Plan((), "https://app.example", "daphne", 1)
KEY = "querystring/authtoken"


def found(plan: Plan = PLAN, **parts: Any) -> dict[str, Judged]:
    """By goal."""
    return {one.goal: one for one in goals(plan, Results(**parts))}


def test_many_at_once_is_held_against_the_tutorial_and_against_nothing() -> None:
    judged = found(rows=[made.closed(KEY)])
    assert {goal: one.word.value for goal, one in judged.items()} == {
        "cpu-authtoken": "met",
        "rate-authtoken": "not decided",
    }
    assert judged["cpu-authtoken"].measured == Ratio(0.2, 0.18, 0.22)


def test_the_session_is_held_against_the_stack() -> None:
    row = made.closed("cookie/session", added={"tutorial": Ratio(9, 9, 9), "control-session": Ratio(0.3, 0.2, 0.3)})
    assert found(rows=[row])["cpu-session"].word is Verdict.MET


def test_what_accepts_first_is_held_against_its_twin() -> None:
    judged = found(rows=[made.closed("first_message/authtoken", over_twin=Ratio(0.2, 0.18, 0.22))])
    assert judged["cpu-first-message"].word is Verdict.MISSED
    assert "cpu-authtoken" not in judged


def test_goals_are_of_so_many_at_once() -> None:
    assert PLAN.concurrency == AT_ONCE
    assert found(replace(PLAN, concurrency=8), rows=[made.closed(KEY)], counts=[made.counted(KEY)]) == {}


def test_few_rounds_decide_nothing() -> None:
    one = found(rows=[made.closed(KEY, rounds=5)])["cpu-authtoken"]
    assert (one.word, one.measured) == (Verdict.UNDECIDED, Ratio(0.2, 0.18, 0.22))


def test_a_wrong_answer_leaves_no_figure() -> None:
    assert found(rows=[made.closed(KEY, failures={"hung up": 1})])["cpu-authtoken"].measured is None


def test_queries_have_the_interval_of_several_storms() -> None:
    assert found(counts=[made.counted(KEY)])["queries"].word is Verdict.MET
    assert found(counts=[made.counted("cookie/session")]) == {}


@pytest.mark.parametrize(
    ("noise", "word"), [(512, Verdict.MET), (-512, Verdict.MET), (2_048, Verdict.UNDECIDED), (None, Verdict.UNDECIDED)]
)
def test_memory_is_known_up_to_the_noise(noise: float | None, word: Verdict) -> None:
    """3 KiB of 4."""
    again = replace(made.held(AGAIN), over_none_bytes=noise)
    assert found(memory=[made.held(KEY), again])["memory"].word is word


def test_with_deflate_it_is_another_figure() -> None:
    both = [made.held(key, deflate=deflate) for key in (KEY, AGAIN) for deflate in (False, True)]
    assert [one.key for one in goals(PLAN, Results(memory=both))] == [KEY, f"{KEY} (deflate)"]
    wrong = [replace(one, failures={"hung up": 1}) if one.key == KEY and one.deflate else one for one in both]
    assert [one.measured for one in goals(PLAN, Results(memory=wrong))] == [None, None]


def test_without_the_control_twice_memory_has_no_noise() -> None:
    assert found(memory=[made.held(KEY)])["memory"].measured is None


@pytest.mark.parametrize(("failures", "word"), [({}, Verdict.MET), ({"HTTP 503": 1}, Verdict.MISSED)])
def test_all_come_back_without_a_refusal(failures: dict[str, int], word: Verdict) -> None:
    back = replace(made.storm().reconnects[0], key=KEY, connections=CROWD, failures=failures)
    assert found(reconnects=[back])["return"].word is word
    assert found(reconnects=[replace(back, connections=CROWD - 1)]) == {}
