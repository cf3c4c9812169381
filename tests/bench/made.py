"""Results made by hand, for tests of what is done with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bench.results import CaseRow, Cell, Column, Latency, Leak, Results, Rig
from bench.storms import Closed, Held, Offered, Storm

EXPECTED, WRONG, NOT_APPLICABLE = "as expected", "WRONG", "not applicable"
CASES = [
    CaseRow("valid", "a valid credential gets in", "", "who gets in"),
    CaseRow("silence", "nobody says anything", "T15", "the first message"),
]
TRAITS = {"ambient": False, "in_url": False, "accepts_first": False, "in_subprotocol": False, "browser": True}


def column(key: str, *cells: Cell, counted: bool = True, **traits: bool) -> Column:
    return Column(key, counted, {case.id: cell for case, cell in zip(CASES, cells, strict=True)}, {**TRAITS, **traits})


def latency(key: str, kind: str = "authenticated", **changes: Any) -> Latency:
    spread = [1_500 + 10 * number for number in range(200)]
    return replace(Latency(key, kind, 200, [], 2_000, 3_000, None, spread), **changes)


OK, NA = Cell(EXPECTED, wire={"handshake": 0, "close": 1}), Cell(NOT_APPLICABLE, "nobody is accepted <first>")
EXCHANGES = ["GET ‹route› HTTP/1.1\n\nHTTP/1.1 401 <no>", "GET ‹route› HTTP/1.1\n\nHTTP/1.1 101 Switching Protocols"]
QUIET = Rig(load_before=0.2, load_after=0.4, listen_overflows=0, steal=0.0, client_share=0.2)
KEYS = ("header/one", "cookie/two", "control-none", "tutorial")


def storm(**changes: Any) -> Storm:
    """Everything that a storm can tell, of two pairs and two controls."""
    made = Storm(
        command="manage.py storm --server daphne --seed 7",
        server="daphne",
        facts={"listen_overflows": 0, "steal": 0.02, "generator_cpu_share": 0.95},
        closed=[Closed(key, 800.0, 0.8, 0.75, 0.85, 900.0, 150.0, 9_000.0, None) for key in KEYS],
        open=[
            Offered(key, rate, 1.0 if rate < limit else 0.7, 2_000.0, 3_000.0 + rate * 9, None)
            for key, limit in zip(KEYS, (800, 300, 900, 100), strict=True)
            for rate in (100.0, 200.0, 400.0, 800.0)
        ],
        memory=[Held(key, deflate, 21_000.0, 3_072.0) for key in KEYS for deflate in (False, True)],
    )
    return replace(made, **changes)


def failing_storm() -> Storm:
    """The same, with wrong answers by one pair: two many at once, one at each rate, five idle."""
    fine = storm()
    return storm(
        closed=[Closed(KEYS[0], *[None] * 8, failures=2), *fine.closed[1:]],
        open=[replace(one, failures=1 if one.key == KEYS[0] else 0) for one in fine.open],
        memory=[replace(fine.memory[0], failures=5), *fine.memory[1:]],
    )


def results(**changes: Any) -> Results:
    """Two pairs and a control, nothing wrong."""
    made = Results(
        generated="2026-11-20T10:00:00+00:00",
        command="manage.py compare --seed 7",
        seconds=41.5,
        parameters={
            "size": "default",
            "server": "daphne",
            "seed": 7,
            "pairs": ["header/one", "cookie/two"],
            "rounds": 200,
            "warm_up": 20,
        },
        versions={"python": "3.11.7", "django": "5.2", "channels": "4.3", "database": "sqlite 3"},
        machine={"cpus": 2},
        cases=CASES,
        columns=[
            column("header/one", OK, NA),
            column("cookie/two", OK, OK, ambient=True),
            column("tutorial", Cell(WRONG, "got in", {"": 1}), NA, counted=False, in_url=True),
        ],
        noise=1.05,
        authenticated=[
            latency("header/one", ratio=1.5, low=1.4, high=1.6, word="slower"),
            latency("cookie/two", ratio=2.0, low=1.9, high=2.2, word="slower"),
            latency("control-none", p50=1_000),
            latency("control-none (again)", p50=1_000, ratio=1.0, low=0.96, high=1.05),
        ],
        refused=[latency("header/one", "malformed"), latency("header/one", "forged", p95=None)],
        exchanges=EXCHANGES,
        leaks=[
            Leak("header/one", 12, "", "", ""),
            Leak("cookie/two", 9, "", "", ""),
            Leak("tutorial", 4, "as it is", "", "percent-encoded"),
        ],
        rig=QUIET,
    )
    return replace(made, **changes)


def failing() -> Results:
    """One wrong verdict and one failed measurement."""
    return results(
        columns=[column("header/one", OK, Cell(WRONG, "got in as <b>'ada'</b>"))],
        authenticated=[latency("header/one", failures=["refused (HTTP 403)"])],
        leaks=[],
    )
