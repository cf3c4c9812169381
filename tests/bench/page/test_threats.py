from __future__ import annotations

import pytest

from bench.page.threats import leaks, threats, together
from bench.results import CaseRow, Cell
from strategies.conformance import CASES, Outcome
from tests.bench import made


def test_every_threat_of_the_list_has_its_row() -> None:
    found = {one.id: one for one in threats(made.results())}
    assert {case.threat for case in CASES if case.threat} <= found.keys()
    assert [cell.outcome for cell in found["T15"].said] == [
        Outcome.NOT_APPLICABLE,
        Outcome.EXPECTED,
        Outcome.NOT_APPLICABLE,
    ]
    assert [cell.counted for cell in found["T15"].said] == [True, True, False]
    assert [(cell.css, cell.symbol, cell.na) for cell in found["T15"].said][:2] == [
        ("na", "·", True),
        ("ok", "ok", False),
    ]
    assert found["T15"].cases == ["silence"]


def test_where_no_case_stands_for_it_it_says_so_in_plain_text() -> None:
    row = next(one for one in threats(made.results()) if one.id == "T04")
    assert row.said == []
    assert row.uncovered
    assert not any(mark in one.attempt + one.uncovered for one in threats(made.results()) for mark in ("`", "](", "**"))


def test_a_case_of_several_makes_it_wrong() -> None:
    cases = [CaseRow("valid", "", "T01"), CaseRow("silence", "", "T01")]
    row = next(one for one in threats(made.results(cases=cases)) if one.id == "T01")
    assert [cell.outcome for cell in row.said] == [Outcome.EXPECTED, Outcome.EXPECTED, Outcome.WRONG]


@pytest.mark.parametrize(
    ("outcomes", "outcome"),
    [
        ((made.EXPECTED, made.NOT_APPLICABLE), Outcome.EXPECTED),
        ((made.EXPECTED, made.WRONG), Outcome.WRONG),
        ((made.NOT_APPLICABLE,), Outcome.NOT_APPLICABLE),
    ],
)
def test_together(outcomes: tuple[str, ...], outcome: Outcome) -> None:
    assert together(map(Cell, outcomes)) is outcome


def test_leaks_are_told_by_place_and_with_the_declared_url() -> None:
    rows = {one.name: one for one in leaks(made.results())}
    assert rows["header × one"].places == ["", "", ""]
    assert not rows["header × one"].in_url
    assert rows["tutorial"].places == ["as it is", "", "percent-encoded"]
    assert rows["tutorial"].in_url
    assert not rows["tutorial"].counted
