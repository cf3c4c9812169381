from __future__ import annotations

from dataclasses import replace

import pytest

from bench.exchanges import Exchanges
from bench.latency import AUTHENTICATED, Found, Series
from bench.lineup import AGAIN, CONTROL, lineup
from bench.plan import SIZES, Plan
from bench.results import Cell
from bench.summary import WITHHELD, authenticated_rows, case_rows, columns, goals, noise, refused_rows
from strategies import registry
from strategies.conformance import CASES, Outcome, Transcript, Verdict
from strategies.conformance.medium import Answer, Request
from strategies.flow import Open

PLAN = Plan(replace(SIZES["quick"], resamples=50), registry.pairs()[:1], "daphne", 5)
ROUNDS = 100


def series(factor: float, *missing: int) -> Series:
    """A machine that gets slower all the time, as machines do."""
    times = {number: factor * (0.001 + number / 1e6) for number in range(ROUNDS) if number not in missing}
    return Series(times, ["refused (HTTP 403)"] * len(missing))


FOUND: Found = {
    ("header/one", AUTHENTICATED): series(2.0, 3, 4),
    (CONTROL, AUTHENTICATED): series(1.0),
    (AGAIN, AUTHENTICATED): series(1.02),
}


def test_ratios_are_paired_by_round_and_held_against_the_noise() -> None:
    floor = noise(FOUND, PLAN)
    assert floor == pytest.approx(1.02)
    rows = {row.key: row for row in authenticated_rows(FOUND, floor, PLAN)}
    one = rows["header/one"]
    assert one.ratio == pytest.approx(2.0)
    assert (one.low, one.high, one.word) == (2.0, 2.0, "slower")
    assert (one.samples, one.failures) == (ROUNDS - 2, ["refused (HTTP 403)"] * 2)
    assert one.p95 is None  # two samples short
    assert one.quantiles[:4] == [2000, 2002, 2004, 2010]


def test_what_is_added_is_in_microseconds_and_paired_by_round() -> None:
    rows = {row.key: row for row in authenticated_rows(FOUND, 1.02, PLAN)}
    added = rows["header/one"].added
    assert added
    assert added.estimate == pytest.approx(1_050, abs=2)
    assert added.low < added.estimate < added.high
    assert rows[CONTROL].added is None


def test_a_goal_is_judged_in_milliseconds_and_a_wrong_answer_leaves_no_figure() -> None:
    key = "header/simplejwt_stateless"
    found: Found = {
        (key, AUTHENTICATED): series(1.1),
        **{one: those for one, those in FOUND.items() if one[0] == CONTROL},
    }
    (one,) = goals(authenticated_rows(found, 1.02, PLAN), "daphne")
    assert one.measured
    assert (one.goal, one.word) == ("first-frame", "met")
    assert one.measured.estimate == pytest.approx(0.105, abs=0.002)
    found[key, AUTHENTICATED] = series(1.1, 3)
    assert goals(authenticated_rows(found, 1.02, PLAN), "daphne")[0].measured is None


def test_the_reference_has_no_ratio_and_its_double_no_word() -> None:
    rows = {row.key: row for row in authenticated_rows(FOUND, 1.02, PLAN)}
    assert rows[CONTROL].ratio is None
    assert rows[AGAIN].ratio == pytest.approx(1.02)
    assert rows[AGAIN].word is None


def test_without_samples_there_are_rows_without_figures() -> None:
    nothing: Found = {name: Series({}, ["no answer"]) for name in FOUND}
    assert noise(nothing, PLAN) is None
    assert all(row.ratio is row.p50 is row.word is None for row in authenticated_rows(nothing, None, PLAN))


def test_refusals_keep_their_kind() -> None:
    rows = refused_rows({("header/one", "malformed"): series(1.0)})
    assert [(row.key, row.kind, row.ratio, row.p50) for row in rows] == [("header/one", "malformed", None, 1050)]


def test_columns_are_those_who_were_judged() -> None:
    entries = lineup(PLAN.pairs, "https://app.example")
    cells = {entries[0].key: {"valid": Verdict(Outcome.WRONG, "why")}, "tutorial": {"valid": Verdict(Outcome.EXPECTED)}}
    transcript = Transcript()
    transcript.begin(Request("/ws/", Open(), None, "x"), Answer(101))
    found = columns(cells, entries, Exchanges({(entries[0].key, "valid", "close"): transcript}))
    assert [(one.key, one.counted) for one in found] == [(entries[0].key, True), ("tutorial", False)]
    assert found[0].cells["valid"] == Cell("WRONG", "why", {"close": 0})
    assert found[1].cells["valid"].wire == {}
    assert [one.traits["in_url"] for one in found] == [True, True]


def test_rows_are_the_cases() -> None:
    assert [(row.id, row.group) for row in case_rows()] == [(case.id, case.group) for case in CASES]


def test_how_a_peer_fails_is_not_told() -> None:
    control = lineup((), "https://app.example")[-1]
    peer = replace(control, explained=False)
    cells = {
        control.key: {
            "wrong": Verdict(Outcome.WRONG, "a recipe"),
            "missing": Verdict(Outcome.NOT_APPLICABLE, "has no such thing"),
            "right": Verdict(Outcome.EXPECTED),
        }
    }
    (told,), (withheld,) = (columns(cells, [one], Exchanges({})) for one in (control, peer))
    assert told.cells["wrong"].reason == "a recipe"
    assert [cell.reason for cell in withheld.cells.values()] == [WITHHELD, "has no such thing", ""]
