from __future__ import annotations

import io
import json
from collections import Counter

from bench.kick.report import as_json, show
from bench.kick.run import Plan, Results
from strategies import registry

PLAN = Plan(registry.pair("querystring", "authtoken"), "https://app.example", "daphne", 10, 2, "pubsub", 2)


def shown(results: Results) -> str:
    out = io.StringIO()
    show(PLAN, results, "manage.py kick", out)
    return out.getvalue()


def test_figures_and_what_is_wrong() -> None:
    text = shown(Results([0.1] * 19 + [0.25], [0.1, 0.25], Counter({"lived on": 1}), {"layer": "pubsub"}))
    assert "20 of 20 connections" in text
    assert "p50 100 · p99 – · max 250" in text
    assert "the last one of each log-out, ms: 100 250" in text
    assert "WRONG: lived on, 1 times" in text


def test_nobody_ended() -> None:
    text = shown(Results([], [], Counter()))
    assert "p50 – · p99 – · max –" in text
    assert "each log-out, ms: –" in text


def test_as_json() -> None:
    told = json.loads(json.dumps(as_json(PLAN, Results([0.1] * 1_000, [0.1], Counter()), "manage.py kick")))
    assert (told["p99"], told["max"], told["ended"], told["wrong"]) == (0.1, 0.1, 1_000, {})
    assert told["parameters"]["pair"] == "querystring/authtoken"
    assert told["parameters"]["connections"] == 10
