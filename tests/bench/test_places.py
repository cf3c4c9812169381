from __future__ import annotations

from bench.judged import Judged, exactly
from bench.places import by_goal, places
from tests.bench import made

FIRST = Judged("first-frame", "header/simplejwt_stateless", 0.2, exactly(0.3))


def test_each_run_that_judged_anything_with_its_place_and_command() -> None:
    found = places(made.everything(goals=[FIRST]))
    assert [(one.where, one.command.split(" --")[0]) for one in found] == [
        ("daphne, sqlite 3", "manage.py compare"),
        ("daphne, sqlite 3", "manage.py storm"),
        ("daphne, sqlite 3", "manage.py kick"),
        ("in process, sqlite 3", "make bench-save BASE=main"),
    ]
    assert places(made.results()) == []


def test_two_runs_stand_beside_each_other_and_the_unmeasured_have_none() -> None:
    other = made.storm(server="uvicorn", facts={"database": "postgresql 15"})
    found = {goal.id: runs for goal, runs in by_goal(made.results(storms=[made.storm(), other]))}
    assert [one.place.where for one in found["rate-authtoken"]] == ["daphne, sqlite 3", "uvicorn, postgresql 15"]
    assert found["memory"] == []
