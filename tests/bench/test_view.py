from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.results import Cell
from bench.view import NONE, sentence, short_names, view
from tests.bench import made

names = st.lists(st.from_regex(r"[a-z]{1,6}(_[a-z]{1,4}){0,2}", fullmatch=True), unique=True, max_size=12)


@given(names)
def test_short_names_are_unique_and_short(found: list[str]) -> None:
    short = short_names(found)
    assert list(short) == found
    assert len(set(short.values())) == len(found)
    assert all(len(one) <= max(len(name), 3) for name, one in short.items())


def test_short_names_of_our_backends() -> None:
    names = ["authtoken", "simplejwt", "simplejwt_stateless", "session"]
    assert short_names(names) == {"authtoken": "a", "simplejwt": "s", "simplejwt_stateless": "ss", "session": "se"}


def test_the_sentence_says_what_it_costs() -> None:
    said = sentence(made.results())
    assert "All 2 pairs behave as expected: 3 verdicts" in said
    assert "1.50× (header × one) to 2.00× (cookie × two) that of no authentication, with a noise of 5.0 %" in said


def test_the_sentence_names_one_pair_alone() -> None:
    alone = made.results(columns=[made.column("header/one", made.OK, made.NA)])
    assert "The pair behaves as expected: 1 verdicts" in sentence(alone)
    assert "1.50× (header × one) that of no authentication" in sentence(alone)


def test_the_sentence_leads_with_what_is_wrong() -> None:
    said = sentence(made.failing())
    assert said.startswith("1 of 2 verdicts is WRONG")
    assert "1 measurement got a wrong answer" in said
    assert "×" not in said


def test_rows_are_cases_and_cells_stand_under_their_heads() -> None:
    shown = view(made.results())
    assert [row.case.id for row in shown.rows] == ["valid", "silence"]
    assert [cell.symbol for cell in shown.rows[0].cells] == ["ok", "ok", "WRONG"]
    assert [cell.symbol for cell in shown.rows[1].cells] == ["·", "ok", "·"]
    assert [(head.short_group, head.short_name) for head in shown.heads] == [("H", "o"), ("C", "t"), ("", "tu")]
    assert not shown.rows[0].is_wrong  # only a control's


def test_reasons_are_told_once_for_all_who_share_them_wrong_ones_first() -> None:
    shown = view(
        made.results(
            columns=[
                made.column("header/one", made.OK, made.NA),
                made.column("header/two", made.OK, Cell(made.WRONG, "let in")),
                made.column("header/three", made.OK, made.NA),
            ]
        )
    )
    assert [(one.reason, one.keys) for one in shown.reasons] == [
        ("let in", ["header/two"]),
        (made.NA.reason, ["header/one", "header/three"]),
    ]


def test_numbers_that_the_samples_cannot_carry_are_dashes() -> None:
    shown = view(made.results())
    assert shown.refused[0].by_kind == {"malformed": ("2.00", "3.00"), "forged": ("2.00", NONE)}
    assert view(made.results(noise=None)).noise == NONE
