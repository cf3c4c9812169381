"""Results made by hand, for tests of what is done with them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from bench.breakdown import Benched
from bench.judged import Judged
from bench.results import CaseRow, Cell, Column, Latency, Leak, Results, Rig
from bench.statistics import Ratio
from bench.storm.counts import Counts
from bench.storm.figures import Row
from bench.storm.memory import Memory
from bench.storm.queueing import Capacity, Open
from bench.storm.reconnect import Reconnect
from bench.storm.refusals import Recovery, Refusal
from bench.storms import Kick, Size, Storm

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


def closed(key: str, **changes: Any) -> Row:
    none: dict[str, Any] = dict.fromkeys(field.name for field in fields(Row))
    told = {
        "key": key,
        "handshakes": 2_560,
        "failures": {},
        "rounds": 20,
        "rate": 800.0,
        "relative": Ratio(0.8, 0.75, 0.85),
        "cpu": 900.0,
        "added_cpu": 150.0,
        "added": {"tutorial": Ratio(0.2, 0.18, 0.22)},
        "p50": 9_000.0,
    }
    return replace(Row(**{**none, **told}), **changes)


def failed(key: str, times: int) -> Row:
    """A contender that never came through."""
    return closed(
        key,
        failures={"hung up": times},
        rounds=0,
        added={},
        **dict.fromkeys(("rate", "relative", "cpu", "added_cpu", "p50")),
    )


def offered(key: str, rate: float, achieved: float = 1.0, p95: float | None = 3_000.0) -> Open:
    return Open(key, rate, 500, {}, achieved, 900.0, 90.0, 2_000.0, p95, None, 9_000.0, {})


def held(key: str, *, deflate: bool = False) -> Memory:
    return Memory(key, deflate, (500, 2_000), (90_000_000, 120_000_000), 21_000.0, 3_072.0, {})


def counted(key: str, **changes: Any) -> Counts:
    none = Ratio(0.05, 0.03, 0.08)
    made = Counts(key, 1.0, 0.05, none, 0.0, 2.0, 1.0, 250.0, 220.0, 1.5, {"20": 41.5, "50": 101.5, "100": 201.5}, {})
    return replace(made, **changes)


def storm(**changes: Any) -> Storm:
    """Everything that a storm can tell, of two pairs and two controls."""
    rates = (100.0, 200.0, 400.0, 800.0)
    made = Storm(
        command="manage.py storm --server daphne --seed 7",
        server="daphne",
        facts={"listen_overflows": 0, "steal": 0.02, "generator_cpu_share": 0.95, "database": "sqlite 3"},
        closed=[closed(key) for key in KEYS],
        open=[
            offered(key, rate, 1.0 if rate < limit else 0.7, 3_000.0 + rate * 9)
            for key, limit in zip(KEYS, (800, 300, 900, 100), strict=True)
            for rate in rates
        ],
        slo=[Capacity(key, 100.0, 400.0, True) for key in KEYS],
        memory=[held(key, deflate=deflate) for key in KEYS for deflate in (False, True)],
        reconnects=[
            Reconnect(key, 300, 0.0, 300, 0, {}, 0, 1.0, 2.5, 800.0, 900.0, 1_900.0, None, 2_400.0) for key in KEYS
        ],
        refusals=[Refusal(key, "unknown", 128, {}, 700.0, 800.0, 90_000.0, None, None) for key in KEYS[:2]],
        recovery=[Recovery(key, 1.5, 17.0, 180.0, 1.6, 20.0, {}) for key in KEYS[:2]],
        counts=[counted(key) for key in KEYS],
        goals=[
            Judged("rate-authtoken", "header/authtoken", 0.85, Ratio(0.9, 0.88, 0.92)),
            Judged("rate-authtoken", "cookie/authtoken", 0.85, Ratio(0.8, 0.7, 0.9)),
        ],
    )
    return replace(made, **changes)


def failing_storm() -> Storm:
    """The same, with wrong answers by one pair: two many at once, one at each rate, five idle."""
    fine, wrong = storm(), {"hung up": 1}
    return storm(
        closed=[failed(KEYS[0], 2), *fine.closed[1:]],
        open=[replace(one, failures=wrong if one.key == KEYS[0] else {}) for one in fine.open],
        memory=[replace(fine.memory[0], failures={"hung up": 5}), *fine.memory[1:]],
    )


def kick(**changes: Any) -> Kick:
    size = Size("querystring/authtoken", "daphne", 1_000, 2, "pubsub", 6)
    made = Kick(
        command="manage.py kick --server daphne",
        facts={"listen_overflows": 0, "steal": 0.0, "database": "sqlite 3"},
        parameters=size,
        ended=6_000,
        p50=0.041,
        p99=0.083,
        max=0.091,
        last=[0.09, 0.091],
        wrong={},
        goals=[Judged("log-out", "querystring/authtoken", 250.0, Ratio(83.0, 80.0, 90.0))],
    )
    return replace(made, **changes)


def benched() -> Benched:
    goals = [Judged("in-process", "header/authtoken", 1 / 6, Ratio(0.3, 0.2, 0.4))]
    return Benched("make bench-save BASE=main", {"database": "sqlite 3"}, goals)


def everything(**changes: Any) -> Results:
    """A comparison that was given each of them."""
    return results(**{"storms": [storm()], "kicks": [kick()], "benched": [benched()], **changes})


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
