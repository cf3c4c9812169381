from __future__ import annotations

from bench.page.choice import AFTER, Candidate, choice
from bench.results import CaseRow, Cell, Column
from tests.bench import made


def by_name(*changes: Column, cases: list[CaseRow] | None = None) -> dict[str, Candidate]:
    results = made.results(**({"columns": list(changes)} if changes else {}), **({"cases": cases} if cases else {}))
    return {one.name: one for one in choice(results).candidates}


def test_pairs_are_candidates_the_quickest_first() -> None:
    assert list(by_name()) == ["header × one", "cookie × two"]
    assert by_name()["header × one"].ratio == "1.50"
    assert choice(made.results()).noise == 1.05
    assert choice(made.results(noise=None)).noise == 1


def test_traits_answer() -> None:
    assert by_name()["header × one"].met.split() == ["browser", "cross", "url", "trip"]
    assert by_name()["cookie × two"].met.split() == ["browser", "url", "trip"]


def test_what_was_not_measured_comes_last_with_a_dash() -> None:
    results = made.results(authenticated=made.results().authenticated[1:])
    last = choice(results).candidates[-1]
    assert (last.name, last.ratio) == ("header × one", "–")


def test_verdicts_answer_and_what_no_case_tells_is_not_asked() -> None:
    cases = [
        CaseRow("revoked", "", "T24"),
        CaseRow("deleted-user", "", "T25"),
        CaseRow("closed-at-log-out", "", "T24", AFTER),
    ]

    def pair(key: str, *outcomes: str) -> Column:
        return Column(key, True, dict(zip((case.id for case in cases), map(Cell, outcomes), strict=True)), made.TRAITS)

    found = by_name(
        pair("header/one", made.EXPECTED, made.EXPECTED, made.EXPECTED),
        pair("cookie/two", made.NOT_APPLICABLE, made.NOT_APPLICABLE, made.WRONG),
        cases=cases,
    )
    assert found["header × one"].met.split() == ["browser", "cross", "url", "trip", "logout", "open"]
    assert dict(found["header × one"].answers)["without the database"] is False
    asked = dict(found["cookie × two"].answers)
    assert (asked["log-out, at connect"], asked["log-out closes sockets"]) == (False, False)
    assert asked["without the database"] is True
