"""Results made by hand, for tests of what is done with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bench.results import CaseRow, Cell, Column, Latency, Results

EXPECTED, WRONG, NOT_APPLICABLE = "as expected", "WRONG", "not applicable"
CASES = [CaseRow("valid", "a valid credential gets in", ""), CaseRow("silence", "nobody says anything", "T15")]


def column(key: str, *cells: Cell, counted: bool = True) -> Column:
    return Column(key, counted, {case.id: cell for case, cell in zip(CASES, cells, strict=True)})


def latency(key: str, kind: str = "authenticated", **changes: Any) -> Latency:
    return replace(Latency(key, kind, 200, [], 2_000, 3_000, None, [2_000] * 200), **changes)


OK, NA = Cell(EXPECTED), Cell(NOT_APPLICABLE, "nobody is accepted <first>")


def results(**changes: Any) -> Results:
    """Two pairs and a control, nothing wrong."""
    made = Results(
        generated="2026-11-20T10:00:00+00:00",
        command="manage.py compare --seed 7",
        seconds=41.5,
        parameters={"size": "default", "server": "daphne", "seed": 7, "pairs": ["header/one", "cookie/two"]},
        versions={"python": "3.11.7", "django": "5.2", "channels": "4.3", "database": "sqlite 3"},
        machine={"cpus": 2},
        cases=CASES,
        columns=[
            column("header/one", OK, NA),
            column("cookie/two", OK, OK),
            column("tutorial", Cell(WRONG, "got in"), NA, counted=False),
        ],
        noise=1.05,
        authenticated=[
            latency("header/one", ratio=1.5, low=1.4, high=1.6, word="slower"),
            latency("cookie/two", ratio=2.0, low=1.9, high=2.2, word="slower"),
            latency("control-none", p50=1_000),
            latency("control-none (again)", p50=1_000, ratio=1.0, low=0.96, high=1.05),
        ],
        refused=[latency("header/one", "malformed"), latency("header/one", "forged", p95=None)],
    )
    return replace(made, **changes)


def failing() -> Results:
    """One wrong verdict and one failed measurement."""
    return results(
        columns=[column("header/one", OK, Cell(WRONG, "got in as <b>'ada'</b>"))],
        authenticated=[latency("header/one", failures=["refused (HTTP 403)"])],
    )
