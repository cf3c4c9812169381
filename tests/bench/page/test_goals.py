from __future__ import annotations

from bench.judged import Judged, exactly
from bench.page.goals import aims, sentence, table
from tests.bench import made


def test_what_was_measured_stands_with_its_worst_and_the_rest_with_its_command() -> None:
    found = aims(made.everything())
    rate = next(one for one in found.measured if one.who == "authtoken" and "rate" in one.metric)
    (one,) = rate.runs
    assert (one.where, one.bound, one.farthest, one.value) == (
        "daphne, sqlite 3",
        "≥ 0.85",
        "cookie × authtoken",
        "0.80 [0.70 0.90]",
    )
    assert one.said == [("met by 1", "good"), ("not decided by 1", "doubtful")]
    assert {one.command for one in found.unmeasured} >= {"manage.py storm --memory", "manage.py compare"}
    assert len(found.measured) + len(found.unmeasured) == 15


def test_a_contender_without_a_figure_is_a_dash() -> None:
    storm = made.storm(goals=[Judged("rate-authtoken", "header/authtoken", 0.85)])
    (one,) = aims(made.results(storms=[storm])).measured[0].runs
    assert (one.farthest, one.value) == ("–", "–")
    assert table(made.results(storms=[storm])).rows[0].cells[4:8] == ["–", "–", "–", "not decided"]


def test_a_goal_is_met_if_everybody_meets_it_everywhere() -> None:
    assert sentence(made.results()) == "None of 15 goals was measured."
    assert sentence(made.everything()).endswith(
        "3 were measured: 1 met by everybody, 1 missed by somebody, 1 not decided."
    )
    missed = made.storm(server="uvicorn", goals=[Judged("rate-authtoken", "header/authtoken", 0.75, exactly(0.5))])
    assert "0 met by everybody, 1 missed by somebody, 0 not" in sentence(made.results(storms=[made.storm(), missed]))


def test_the_table_has_every_contender() -> None:
    found = table(made.everything())
    assert [row.cells[:2] for row in found.rows][:2] == [
        ["header × authtoken", "rate-authtoken"],
        ["cookie × authtoken", "rate-authtoken"],
    ]
    assert all(len(row.cells) == len(found.columns) for row in found.rows)
