from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.lineup import AGAIN
from bench.page.lamps import State, kick_lamps, lamps, storm_lamps
from bench.results import Results
from bench.statistics import Ratio
from tests.bench import made


def shines(results: Results) -> dict[str, State]:
    return {lamp.name: lamp.state for lamp in lamps(results)}


def test_a_quiet_run_has_green_lamps_only_and_each_says_what_it_means() -> None:
    assert set(shines(made.results()).values()) == {State.GOOD}
    assert all(lamp.value and lamp.means.endswith(".") for lamp in lamps(made.results()))


@pytest.mark.parametrize(
    ("name", "changes", "state"),
    [
        ("Wrong answers", {"authenticated": made.failing().authenticated}, State.BAD),
        ("A/A noise", {"noise": None}, State.BAD),
        ("A/A noise", {"noise": 1.12}, State.DOUBTFUL),
        ("A/A noise", {"noise": 1.3}, State.BAD),
        ("Load average", {"rig": replace(made.QUIET, load_before=2.0)}, State.DOUBTFUL),
        ("Load average", {"rig": replace(made.QUIET, load_before=4.0)}, State.BAD),
        ("Steal", {"rig": replace(made.QUIET, steal=0.03)}, State.DOUBTFUL),
        ("Listen overflows", {"rig": replace(made.QUIET, listen_overflows=1)}, State.BAD),
        ("The client’s share", {"rig": replace(made.QUIET, client_share=0.7)}, State.BAD),
        ("Warm-up", {"parameters": {**made.results().parameters, "warm_up": 5}}, State.DOUBTFUL),
        ("CPUs", {"machine": {"cpus": 1}}, State.BAD),
    ],
)
def test_what_spoils_figures_is_seen(name: str, changes: dict[str, Any], state: State) -> None:
    found = shines(made.results(**changes))
    assert found[name] is state
    assert set(found.values()) == {State.GOOD, state}


def test_a_storm_tells_what_it_knows_of_itself() -> None:
    found = {lamp.name: lamp.state for lamp in storm_lamps(made.storm())}
    assert found == {
        "Wrong answers": State.GOOD,
        "Listen overflows": State.GOOD,
        "Steal": State.DOUBTFUL,
        "Generator": State.BAD,
    }
    assert [lamp.name for lamp in storm_lamps(made.storm(facts={}))] == ["Wrong answers"]


def test_a_storm_s_wrong_answers_are_told_with_who_gave_them() -> None:
    lamp = storm_lamps(made.failing_storm())[0]
    assert (lamp.state, lamp.value) == (State.BAD, "11 by header × one")


@pytest.mark.parametrize("key", made.KEYS)
@pytest.mark.parametrize("kind", ["closed", "open", "memory", "reconnects", "counts"])
def test_a_wrong_answer_of_anybody_turns_the_lamp(kind: str, key: str) -> None:
    rows = [replace(one, failures={"hung up": 1} if one.key == key else {}) for one in getattr(made.storm(), kind)]
    lamp = storm_lamps(made.storm(**{kind: rows}))[0]
    assert lamp.state is State.BAD
    assert key.replace("/", " × ") in lamp.value


def test_a_log_out_that_ended_somebody_otherwise_turns_its_lamp() -> None:
    assert {lamp.state for lamp in kick_lamps(made.kick())} == {State.GOOD}
    lamp = kick_lamps(made.kick(wrong={"lived on": 2, "ended with 1011": 1}))[0]
    assert (lamp.state, lamp.value) == (State.BAD, "3")


@pytest.mark.parametrize(
    ("relative", "state"),
    [
        (Ratio(1, 0.97, 1.02), State.GOOD),
        (Ratio(1, 0.9, 1.02), State.DOUBTFUL),
        (Ratio(2, 1.9, 2.2), State.BAD),
        (None, State.BAD),
    ],
)
def test_a_storm_whose_control_differs_from_itself_is_not_to_be_trusted(relative: Ratio | None, state: State) -> None:
    storm = made.storm(closed=[made.closed(AGAIN, relative=relative), made.closed("header/one")])
    assert {lamp.name: lamp.state for lamp in storm_lamps(storm)}["A/A noise"] is state


@pytest.mark.parametrize(("load", "state"), [(1.0, State.GOOD), (2.0, State.DOUBTFUL), (5.0, State.BAD)])
def test_load_counts_for_a_given_run_too(load: float, state: State) -> None:
    facts = {"load_before": load, "load_after": 0.0, "cpus": 2}
    for found in (storm_lamps(made.storm(facts=facts)), kick_lamps(made.kick(facts=facts))):
        assert {lamp.name: lamp.state for lamp in found}["Load average"] is state
