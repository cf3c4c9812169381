from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import replace

from bench.judged import Judged, Verdict
from bench.kick.report import as_json, goals, show
from bench.kick.run import Plan, Results
from bench.statistics import Ratio
from strategies import registry

PLAN = Plan(registry.pair("querystring", "authtoken"), "https://app.example", "daphne", 10, 2, "pubsub", 2)


def shown(results: Results) -> str:
    out = io.StringIO()
    show(PLAN, results, "manage.py kick", out)
    return out.getvalue()


def test_figures_and_what_is_wrong() -> None:
    text = shown(Results([[0.1], [0.1] * 18 + [0.25]], Counter({"lived on": 1}), {"layer": "pubsub"}))
    assert "20 of 20 connections" in text
    assert "p50 100 · p99 – · max 250" in text
    assert "the last one of each log-out, ms: 100 250" in text
    assert "WRONG: lived on, 1 times" in text


def test_nobody_ended() -> None:
    text = shown(Results([[]], Counter()))
    assert "p50 – · p99 – · max –" in text
    assert "each log-out, ms: –" in text


def test_as_json() -> None:
    told = json.loads(json.dumps(as_json(PLAN, Results([[0.1] * 1_000], Counter()), "manage.py kick")))
    assert (told["p99"], told["max"], told["ended"], told["wrong"]) == (0.1, 0.1, 1_000, {})
    assert told["parameters"]["pair"] == "querystring/authtoken"
    assert told["parameters"]["connections"] == 10


def judged(rounds: int = 6, connections: int = 1_000, processes: int = 2, **wrong: int) -> list[Judged]:
    plan = replace(PLAN, connections=connections, processes=processes, rounds=rounds)
    return goals(plan, Results([[0.1] * connections] * rounds, Counter(wrong)))


def test_the_goal_is_judged_where_it_is_of_the_run() -> None:
    (one,) = judged()
    assert (one.goal, one.word, one.measured) == ("log-out", Verdict.MET, Ratio(100, 100, 100))
    assert judged(connections=999) == []
    assert judged(processes=1) == []


def test_few_log_outs_and_wrong_ends_decide_nothing() -> None:
    assert judged(rounds=5)[0].word is Verdict.UNDECIDED
    assert judged(**{"lived on": 1})[0].measured is None


def test_it_is_told_below_the_figures() -> None:
    out = io.StringIO()
    show(replace(PLAN, connections=1_000, rounds=6), Results([[0.3] * 1_000] * 6, Counter()), "manage.py kick", out)
    assert out.getvalue().splitlines()[-1].split() == ["querystring/authtoken", "300", "[300", "300]", "missed"]
