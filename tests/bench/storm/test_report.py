from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import replace

from bench.statistics import Ratio, Word
from bench.storm.figures import Row
from bench.storm.load import Plan, Results
from bench.storm.queueing import Open
from bench.storm.report import as_json, lines_of, show

ROW = Row(
    key="querystring/authtoken",
    handshakes=256,
    failures={"hung up": 3},
    rounds=2,
    rate=1234.5,
    relative=Ratio(0.9, 0.85, 0.95),
    word=Word.SLOWER,
    cpu=500.0,
    cpu_interval=Ratio(500.0, 480.0, 530.0),
    added_cpu=80.0,
    added={"tutorial": Ratio(0.1, 0.05, 0.15)},
    over_twin=None,
    generator=70.0,
    added_p50=1500.0,
    p50=20_000.0,
    p95=None,
    p99=None,
)
OPEN = Open("tutorial", 100, 99, {}, 0.99, 500.0, 70.0, 1_500.0, None, None, 9_000.0, {})
PLAN = Plan((), "https://app.example", "daphne", seed=1)


def test_one_line_a_contender_and_one_a_failure() -> None:
    out = io.StringIO()
    show(PLAN, Results(rows=[ROW], facts={"cpus": 2}), "manage.py storm", out)
    text = out.getvalue()
    assert "cpus 2" in text
    assert "0.90 [0.85 0.95]" in text
    assert "0.10 [0.05 0.15]" in text
    assert "WRONG querystring/authtoken: hung up, 3 times" in text


def test_facts_are_broken_between_two_of_them() -> None:
    facts = {f"fact_{number}": "of two words" for number in range(20)}
    lines = lines_of(facts).splitlines()
    assert max(map(len, lines)) < 120
    assert [word for line in lines for word in line.removesuffix(" ·").split(" · ")] == [
        f"fact {number} of two words" for number in range(20)
    ]


def test_an_open_loop_has_a_table_of_its_own() -> None:
    out = io.StringIO()
    show(PLAN, Results(opened=[OPEN]), "manage.py storm", out)
    assert "0.990" in out.getvalue()
    assert "WRONG" not in out.getvalue()


def test_json_holds_everything_that_is_told() -> None:
    told = json.loads(json.dumps(as_json(PLAN, Results(rows=[ROW], opened=[OPEN]), "manage.py storm")))
    assert told["closed"][0]["relative"]["estimate"] == 0.9
    assert told["closed"][0]["word"] == "slower"
    assert told["open"][0]["achieved"] == 0.99


def test_counted_failures_are_told_as_they_were_counted() -> None:
    counted = replace(ROW, failures=Counter({"hung up": 3}))
    told = json.loads(json.dumps(as_json(PLAN, Results(rows=[counted]), "manage.py storm")))
    assert told["closed"][0]["failures"] == {"hung up": 3}


def test_a_wrong_answer_is_no_pass() -> None:
    assert not Results(rows=[ROW]).passed
    assert Results(opened=[OPEN]).passed


def test_what_was_not_measured_has_no_table() -> None:
    out = io.StringIO()
    show(PLAN, Results(opened=[OPEN]), "manage.py storm", out)
    assert "offered/s" in out.getvalue()
    assert "USS" not in out.getvalue()
    assert "recovered" not in out.getvalue()


def test_goals_are_told_below_the_figures_and_in_json() -> None:
    results = Results(rows=[replace(ROW, failures={}, rounds=20)], facts={"database": "sqlite 3"})
    out = io.StringIO()
    show(PLAN, results, "manage.py storm", out)
    assert "goals, daphne, sqlite 3" in out.getvalue()
    assert out.getvalue().splitlines()[-1].split() == ["querystring/authtoken", "0.90", "[0.85", "0.95]", "met"]
    assert [(one["goal"], one["word"]) for one in as_json(PLAN, results, "manage.py storm")["goals"]] == [
        ("cpu-authtoken", "met"),
        ("rate-authtoken", "met"),
    ]
