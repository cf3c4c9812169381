from __future__ import annotations

import io
import json

import pytest
from hypothesis import given

from bench.capacity import report
from bench.capacity.assumptions import Assumptions
from bench.capacity.check import STORMS, held
from bench.capacity.figures import Figure, Figures, read
from bench.capacity.scenario import Scenario
from bench.capacity.simulation import simulate
from bench.capacity.sizing import need
from bench.storm.figures import Block
from tests.bench.capacity.made import assumptions, figures, told

GIVEN = Assumptions()
FIGURES = read(told())
NEEDS = [need(one, GIVEN) for one in FIGURES.rows]


def shown(of: Figures, given_: Assumptions) -> str:
    out = io.StringIO()
    report.show_needs(of, [need(one, given_) for one in of.rows], given_, out)
    return out.getvalue()


def test_a_line_a_contender_the_formulas_and_every_assumption() -> None:
    text = shown(FIGURES, GIVEN)
    assert "cpus 2" in text
    assert "For querystring/authtoken:" in text  # not the control, whatever it needs
    assert "⌈16,666.7 × 800 µs / 0.7⌉ = 20" in text
    assert "refreshes/s = 0: such a credential does not expire" in text
    assert all(name in text for name, _, _ in GIVEN.told())
    assert [line.split()[0] for line in text.splitlines() if line.startswith(("querystring", "tutorial"))] == [
        "querystring/authtoken",
        "tutorial",
    ]


def test_what_was_measured_is_told_from_what_is_assumed() -> None:
    one = Figure("q/simplejwt", 0.001, 0.001, memory=2048.0, queries=0.05)
    text = "\n".join(report.formulas(one, need(one, GIVEN), GIVEN))
    assert "2.0 KiB (measured)" in text
    assert "0.05 (measured)" in text
    assert "refreshes/s = connections / lifetime" in text
    assert "/ 300 = 3,333.3" in text
    ticket = Figure("q/ticket", 0.001, 0.001)
    assert "1,000,000 / 3600 = 277.8" in "\n".join(report.formulas(ticket, need(ticket, GIVEN), GIVEN))
    assumed = Figure("q/simplejwt", 0.001, 0.001)
    assert "32.0 KiB (assumed)" in "\n".join(report.formulas(assumed, need(assumed, GIVEN), GIVEN))


@given(figures, assumptions)
def test_each_formula_ends_with_the_number_of_the_table(figure: Figure, given_: Assumptions) -> None:
    found = need(figure, given_)
    text = list(report.formulas(figure, found, given_))
    for start, number in (
        ("cores", f"{found.cores:,}"),
        ("processes", f"{found.processes:,}"),
        ("queries/s =", f"{found.storm_queries:,.1f}"),
        ("queries/s at rest", f"{found.rest_queries:,.1f}"),
        ("Redis", f"{found.storm_operations:,.1f}"),
        ("back", f"{found.back:.1f} s"),
    ):
        (line,) = [one for one in text if one.startswith(start)]
        assert line.endswith(f"= {number}")


def test_json_holds_everything_that_is_told() -> None:
    scenario = Scenario(30, 2, 0.001)
    simulated = [("querystring/authtoken", scenario, simulate(scenario))]
    found = json.loads(json.dumps(report.as_json(FIGURES, NEEDS, GIVEN, simulated), allow_nan=False))
    assert found["assumptions"]["recheck"] == {"flag": "--recheck", "value": 60}
    assert [one["key"] for one in found["needs"]] == ["querystring/authtoken", "tutorial"]
    assert found["needs"][0]["figure"]["cpu"] == pytest.approx(0.0007)
    assert len(found["needs"][0]["formulas"]) == 9
    (one,) = found["simulated"]
    assert (one["authenticated"], one["failed"], one["scenario"]["processes"], one["p99"]) == (30, 0, 2, None)


def test_a_simulated_storm_has_a_line() -> None:
    out = io.StringIO()
    scenario = Scenario(100, 1, 0.01, backlog=10)
    report.show_simulated([("querystring/authtoken", scenario, simulate(scenario))], out)
    line = next(line for line in out.getvalue().splitlines() if line.startswith("querystring"))
    assert line.split()[1:3] == ["1", "100"]
    assert line.split()[5] == "–"  # a hundred carry no p99


def test_a_check_shows_both_and_how_far_off() -> None:
    storms = [Block(100, 1.0, 1.0, 0.0, [0.5] * 100)] * STORMS
    found = held("x/y", storms, "daphne", 0.0, seed=1)
    out = io.StringIO()
    report.show_checked(found, out)
    assert "the server had 100% of a core; tolerance 20%" in out.getvalue()
    assert "recovery   1.000        1.000" in out.getvalue()
    told_ = json.loads(json.dumps(report.checked_json(found)))
    assert (told_["passed"], told_["is_noise"], told_["tolerance"]) == (found.passed, found.is_noise, 0.2)
