"""Laws of the formulas, and rows worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.capacity.assumptions import Assumptions
from bench.capacity.figures import Figure
from bench.capacity.lookups import lookup
from bench.capacity.sizing import KIB, MIB, Need, batch, need, refreshes
from strategies.backends.batching import LARGEST
from tests.bench.capacity.made import assumptions, figures

ROUNDING = 1 + 1e-9


def sizes(of: Need) -> tuple[float, ...]:
    return (of.cores, of.processes, of.memory, of.pool, of.storm_operations, of.rest_operations)


@given(figures, assumptions, st.integers(1, 10_000_000))
def test_more_connections_never_need_less(figure: Figure, given_: Assumptions, more: int) -> None:
    few, many = need(figure, given_), need(figure, replace(given_, connections=given_.connections + more))
    assert all(one <= other * ROUNDING for one, other in zip(sizes(few), sizes(many), strict=True))


@given(figures, assumptions, st.floats(min_value=1, max_value=10))
def test_less_time_dearer_handshakes_and_idler_cores_never_need_less(
    figure: Figure, given_: Assumptions, factor: float
) -> None:
    found = sizes(need(figure, given_))
    for dearer in (
        need(figure, replace(given_, storm=given_.storm / factor)),
        need(replace(figure, cpu_high=figure.cpu_high * factor), given_),
        need(figure, replace(given_, utilisation=given_.utilisation / factor)),
    ):
        assert all(one <= other * ROUNDING for one, other in zip(found, sizes(dearer), strict=True))


@given(figures, assumptions)
def test_everybody_is_back_in_time_and_one_core_less_would_be_too_few(figure: Figure, given_: Assumptions) -> None:
    found = need(figure, given_)
    assert found.back <= given_.storm * ROUNDING
    work = given_.connections * figure.cpu_high / given_.utilisation
    renewed = refreshes(lookup(figure.key), given_) * figure.cpu_high / given_.utilisation
    assert found.cores - 1 < max(work / given_.storm, renewed) * ROUNDING + 1e-9


@given(figures, assumptions)
def test_no_process_has_more_than_its_limit_or_less_than_a_core(figure: Figure, given_: Assumptions) -> None:
    found = need(figure, given_)
    assert ceil(given_.connections / found.processes) <= given_.per_process_limit
    assert found.processes >= found.cores >= 1


@given(st.floats(min_value=0, max_value=1e6), st.sampled_from(["a/authtoken", "a/session", "tutorial"]), assumptions)
def test_a_batch_is_never_empty_nor_larger_than_it_may_be(rate: float, key: str, given_: Assumptions) -> None:
    found = batch(rate, lookup(key), given_)
    assert 1 <= found <= (LARGEST if lookup(key).batched else 1)


@given(assumptions, st.floats(min_value=1e-5, max_value=0.1))
def test_batching_never_asks_more(given_: Assumptions, cpu: float) -> None:
    batched, alone = (need(Figure(key, cpu, cpu), given_) for key in ("a/authtoken", "a/acme"))
    assert batched.storm_queries <= alone.storm_queries * ROUNDING
    assert batched.rest_queries <= alone.rest_queries * ROUNDING


GIVEN = Assumptions(connections=60_000, storm=60.0, utilisation=0.5)


@pytest.mark.parametrize(
    ("key", "changes", "expected"),
    [
        # 1,000 handshakes/s × 1 ms / 0.5 = 2 cores; 60,000 / 10,000 = 6 processes; 167/s in each don't gather;
        # at rest 20 questions of 500 a process and minute, and the journal once a second
        ("q/authtoken", {}, {"cores": 2, "processes": 6, "storm_queries": 1_000, "rest_queries": 2 + 6, "pool": 6}),
        # never fewer than 10 questions a minute: those that are due come a tenth of the interval at a time
        ("q/authtoken", {"connections": 6_000, "per_process_limit": 1_000}, {"rest_queries": 1 + 6}),
        ("q/authtoken", {"per_process_limit": 60_000}, {"cores": 2, "processes": 2, "back": 60}),
        # 500/s in each, 10 ms a query: five at a time
        ("q/authtoken", {"per_process_limit": 60_000, "query_ms": 10.0}, {"storm_queries": 200}),
        ("q/authtoken", {"per_process_limit": 60_000, "query_ms": 1000.0}, {"storm_queries": 2}),
        ("tutorial", {}, {"storm_queries": 2_000, "rest_queries": 0, "rest_operations": 0, "pool": 6}),
        ("control-none (again)", {}, {"storm_queries": 0, "pool": 0}),
        # a refresh every 300 s: 200/s more
        ("q/simplejwt", {}, {"storm_queries": 2_000, "rest_queries": 4 + 6 + 400}),
        ("q/simplejwt_stateless", {}, {"storm_queries": 0, "rest_queries": 6, "pool": 6}),
        # a ticket's identity lasts an hour, whatever the others' do
        ("q/ticket", {}, {"storm_queries": 2_000, "rest_queries": 2 + 6 + 60_000 / 3_600 * 2}),
        # an hour for everybody, but five minutes for refreshes: 200/s × 1 ms / 0.1
        ("q/simplejwt_stateless", {"storm": 3600.0, "utilisation": 0.1}, {"cores": 2}),
        ("q/authtoken", {"revocations_per_second": 0.0}, {"rest_operations": 0, "storm_operations": 0}),
        ("q/authtoken", {"limit_operations": 2.0}, {"rest_operations": 7, "storm_operations": 2_007}),
        ("q/authtoken", {"connections": 1}, {"cores": 1, "processes": 1, "pool": 1}),
        ("q/authtoken", {}, {"memory": 6 * 100 * MIB + 60_000 * 32 * KIB}),
    ],
)
def test_by_hand(key: str, changes: dict[str, float], expected: dict[str, float]) -> None:
    found = need(Figure(key, 0.001, 0.001), replace(GIVEN, **changes))
    assert {name: getattr(found, name) for name in expected} == pytest.approx(expected)


def test_what_was_measured_goes_before_what_is_assumed() -> None:
    found = need(Figure("q/authtoken", 0.001, 0.001, memory=1024.0, queries=0.05), GIVEN)
    assert found.memory == 6 * 100 * MIB + 60_000 * 1024
    assert found.storm_queries == pytest.approx(50)


def test_the_upper_end_of_the_spread_is_what_counts() -> None:
    assert need(Figure("q/authtoken", 0.001, 0.002), GIVEN).cores == 4


def test_seven_cores_are_not_eight() -> None:
    given_ = Assumptions(connections=70, storm=10.0, utilisation=0.1)
    assert need(Figure("q/authtoken", 0.1, 0.1), given_).cores == 7
