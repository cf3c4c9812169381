from __future__ import annotations

import itertools

import pytest

from bench.goals import BY_ID, GOALS, Metric
from strategies import registry


def test_each_goal_has_an_id_of_its_own_and_a_metric_has_a_goal() -> None:
    assert len(BY_ID) == len(GOALS)
    assert {goal.metric for goal in GOALS} == set(Metric)


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.id)
def test_somebody_is_held_against_it_and_no_control_is(goal: object) -> None:
    assert goal in GOALS
    keys = [pair.key for pair in registry.pairs()]
    one = BY_ID[goal.id]  # type: ignore[attr-defined]
    assert any(map(one.is_of, keys))
    assert not any(map(one.is_of, ("control-none", "control-none (again)", "control-session", "tutorial")))


def test_what_accepts_first_has_its_own_limit_for_cpu_and_nobody_has_two() -> None:
    cpu = [goal for goal in GOALS if goal.id.startswith("cpu-")]
    for pair in registry.pairs():
        mine = [goal.id for goal in cpu if goal.is_of(pair.key)]
        assert len(mine) <= 1
        if pair.strategy_name == "first_message":
            assert mine == ["cpu-first-message"]


def test_nobody_has_two_goals_of_one_metric() -> None:
    for one, other in itertools.combinations(GOALS, 2):
        if one.metric is other.metric:
            assert not any(one.is_of(pair.key) and other.is_of(pair.key) for pair in registry.pairs())


def test_servers_may_have_limits_of_their_own() -> None:
    rate, memory = BY_ID["rate-authtoken"], BY_ID["memory"]
    assert (rate.limit("daphne"), rate.limit("uvicorn"), rate.limit("hypercorn")) == (0.85, 0.75, None)
    assert memory.limit("daphne") == memory.limit("") == 4


def test_limits_are_told_with_their_side_and_unit() -> None:
    assert BY_ID["rate-authtoken"].bound(0.85) == "≥ 0.85"
    assert BY_ID["log-out"].bound(250) == "≤ 250 ms"
    assert BY_ID["in-process"].bound(1 / 6) == "≤ 0.167"
