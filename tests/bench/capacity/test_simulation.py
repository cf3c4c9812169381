"""Laws of the simulation, and storms that can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bench.capacity.scenario import Scenario
from bench.capacity.simulation import simulate

scenarios = st.builds(
    Scenario,
    clients=st.integers(1, 150),
    processes=st.integers(1, 5),
    cpu=st.floats(min_value=0.0001, max_value=0.2),
    query=st.just(0.0) | st.floats(min_value=0.0001, max_value=1),
    batch=st.integers(1, 100),
    before=st.floats(min_value=0, max_value=1),
    variation=st.just(0.0) | st.floats(min_value=0.05, max_value=1),
    backlog=st.integers(1, 200),
    deadline=st.none() | st.floats(min_value=0.01, max_value=10),
    jitter=st.just(0.0) | st.floats(min_value=0, max_value=30),
    patience=st.floats(min_value=0.1, max_value=60),
    attempts=st.integers(1, 4),
    seed=st.integers(0, 10_000),
)
few = hypothesis_settings(max_examples=60)


@few
@given(scenarios)
def test_every_client_is_in_or_counted_as_failed(scenario: Scenario) -> None:
    found = simulate(scenario)
    assert found.authenticated + found.failed == scenario.clients
    assert found.failed * scenario.attempts <= found.refused + found.abandoned
    assert found.recovery == pytest.approx(max(found.seconds, default=0.0), abs=scenario.jitter + 1e-9)


@few
@given(scenarios)
def test_the_same_scenario_has_the_same_outcome(scenario: Scenario) -> None:
    assert simulate(scenario) == simulate(scenario)


@few
@given(scenarios)
def test_nobody_is_in_before_the_work_is_done(scenario: Scenario) -> None:
    scenario = replace(scenario, variation=0.0)
    found = simulate(scenario)
    assert all(one >= scenario.cpu + scenario.query - 1e-9 for one in found.seconds)
    assert found.recovery * scenario.processes >= found.authenticated * scenario.cpu - 1e-6


@few
@given(scenarios)
def test_one_process_without_a_queue_takes_what_the_formula_says(scenario: Scenario) -> None:
    """connections × CPU / cores, at a utilisation of one."""
    patient = replace(
        scenario,
        processes=1,
        query=0.0,
        variation=0.0,
        backlog=scenario.clients,
        deadline=None,
        jitter=0.0,
        patience=1e6,
    )
    found = simulate(patient)
    assert found.recovery == pytest.approx(patient.clients * patient.cpu)
    assert (found.authenticated, found.dropped, found.refused) == (patient.clients, 0, 0)


@few
@given(scenarios)
def test_a_backlog_for_everybody_drops_nobody(scenario: Scenario) -> None:
    found = simulate(replace(scenario, backlog=scenario.clients * scenario.attempts))
    assert found.dropped == 0


BASE = Scenario(clients=10, processes=1, cpu=0.01, before=0.5)


@pytest.mark.parametrize(
    ("changes", "recovery", "dropped", "failed"),
    [
        ({}, 0.1, 0, 0),
        ({"clients": 1}, 0.01, 0, 0),
        ({"clients": 1, "query": 0.2}, 0.21, 0, 0),
        # the first alone, 0.005 + 0.1; the others have gathered by then, in one query more
        ({"query": 0.1}, 0.205 + 9 * 0.005, 0, 0),
        ({"query": 0.1, "batch": 1}, 0.005 + 10 * 0.1 + 0.005, 0, 0),
        # six find the backlog full and come again after a second, the last two after two more
        ({"backlog": 4}, 3.02, 8, 0),
        # three drops: at 0, 1 and 3 s; patience ends before the next try
        ({"backlog": 2, "patience": 6.5, "attempts": 1}, 3.02, 8 + 6 + 4, 4),
        # 0.5 s of work before the first is finished: everybody is kept for too long, twice
        ({"cpu": 0.1, "deadline": 0.4, "attempts": 2}, 0.0, 0, 10),
        ({"cpu": 0.1, "before": 0.0, "deadline": 0.45, "attempts": 1}, 0.5, 0, 5),
    ],
)
def test_by_hand(changes: dict[str, Any], recovery: float, dropped: int, failed: int) -> None:
    found = simulate(replace(BASE, **changes))
    assert (found.recovery, found.dropped, found.failed) == (pytest.approx(recovery, abs=1e-6), dropped, failed)


def test_who_has_left_has_still_cost_the_process() -> None:
    """Ten give up after 0.3 s, when half a second of work for them is in the queue already."""
    found = simulate(replace(BASE, cpu=0.1, patience=0.3, attempts=2, backoff=0.0))
    assert found.abandoned == 20
    assert found.authenticated == 0


def test_jitter_spreads_who_comes_back() -> None:
    together, spread = (simulate(replace(BASE, clients=1_000, backlog=50, jitter=jitter)) for jitter in (0.0, 30.0))
    assert together.dropped > 0 == spread.dropped
    slow, quick = together.quantiles(), spread.quantiles()
    assert None not in (*slow, *quick)
    assert quick < slow


def test_more_processes_are_sooner_through() -> None:
    one, four = (simulate(replace(BASE, clients=1_000, processes=count)).recovery for count in (1, 4))
    assert four == pytest.approx(one / 4, rel=0.2)
