from __future__ import annotations

import io

from bench.judged import Judged, exactly
from bench.reached import lines, outcomes, told, where, write

FOUND = [
    Judged("cpu-authtoken", "header/authtoken", 0.25, exactly(0.2)),
    Judged("cpu-authtoken", "cookie/authtoken", 0.25, exactly(0.4)),
    Judged("cpu-authtoken", "querystring/authtoken", 0.25),
    Judged("rate-authtoken", "header/authtoken", 0.85, exactly(0.9)),
    Judged("rate-authtoken", "cookie/authtoken", 0.85, exactly(0.7)),
]


def test_outcomes_are_by_goal_with_the_worst_of_each() -> None:
    cpu, rate = outcomes(FOUND)
    assert cpu.said == "met by 1, missed by 1, not decided by 1"
    assert (cpu.bound, rate.bound) == ("≤ 0.25", "≥ 0.85")
    assert [one.farthest and one.farthest.key for one in (cpu, rate)] == ["cookie/authtoken"] * 2
    assert outcomes([FOUND[2]])[0].farthest is None


def test_a_line_for_each_goal_and_each_contender() -> None:
    found = lines(FOUND, "daphne, sqlite 3")
    assert found[1].startswith("goals, daphne, sqlite 3")
    assert len(found) == 2 + 2 + len(FOUND)
    assert found[2].endswith("authtoken at the handshake: ≤ 0.25: met by 1, missed by 1, not decided by 1")
    assert found[4].split() == ["cookie/authtoken", "0.40", "[0.40", "0.40]", "missed"]
    assert found[6].startswith("connect rate")


def test_nothing_judged_nothing_said() -> None:
    out = io.StringIO()
    write([], "daphne", out)
    assert out.getvalue() == ""
    write(FOUND, "daphne", out)
    assert out.getvalue().splitlines() == lines(FOUND, "daphne")


def test_in_json_each_has_its_word() -> None:
    assert [one["word"] for one in told(FOUND[:2])] == ["met", "missed"]
    assert told(FOUND[2:3])[0]["measured"] is None


def test_servers_and_databases_are_told_apart() -> None:
    assert where("daphne", {"database": "postgresql 15.4"}) == "daphne, postgresql 15.4"
    assert where("daphne", {}) == "daphne, any database"
