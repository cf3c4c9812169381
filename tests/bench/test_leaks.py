from __future__ import annotations

import base64

import pytest

from bench.leaks import found, leaks
from bench.results import Cell, Leak
from tests.bench import made

SECRET = "a secret/of some length"


@pytest.mark.parametrize(
    ("log", "how"),
    [
        ("", ""),
        ("GET /ws/ 101", ""),
        (f"GET /ws/?token={SECRET}", "as it is"),
        ("GET /ws/?token=a%20secret%2Fof%20some%20length", "percent-encoded"),
        (base64.b64encode(SECRET.encode()).decode(), "base64"),
    ],
)
def test_a_log_is_looked_through_in_every_spelling(log: str, how: str) -> None:
    assert found(["nobody's", SECRET], log) == how


def test_what_the_cases_found_is_told_by_place() -> None:
    scope = Cell(made.WRONG, "refuse=close: the credential is left in the application's scope (base64)")
    answer = Cell(made.WRONG, "the credential is left in the answer (its signature)")
    columns = [
        made.column("header/one", scope, answer),
        made.column("cookie/two", made.OK, answer),
        made.column("tutorial", made.OK, made.NA, counted=False),
    ]
    rows = leaks(columns, [("header/one", [SECRET, SECRET]), ("tutorial", [SECRET])], f"token={SECRET}")
    assert rows == [
        Leak("header/one", 1, "base64", "its signature", "as it is"),
        Leak("cookie/two", 0, "", "its signature", ""),
        Leak("tutorial", 1, "", "", "as it is"),
    ]
