from __future__ import annotations

import json

import pytest

from bench.judged import Judged
from bench.results import SCHEMA, Results, UnknownSchema
from bench.statistics import Ratio
from tests.bench import made


def test_the_keys_of_the_schema() -> None:
    """Change them together with `SCHEMA`."""
    found = made.results().as_json()
    assert SCHEMA == 4
    assert found["schema"] == SCHEMA
    assert list(found) == [
        "schema",
        "passed",
        "wrong",
        "failed_measurements",
        "generated",
        "command",
        "seconds",
        "parameters",
        "versions",
        "machine",
        "cases",
        "columns",
        "noise",
        "authenticated",
        "refused",
        "exchanges",
        "leaks",
        "rig",
        "storms",
        "kicks",
        "benched",
        "goals",
    ]
    assert set(found["cases"][0]) == {"id", "title", "threat", "group"}
    assert set(found["columns"][0]) == {"key", "counted", "cells", "traits"}
    assert set(found["columns"][0]["cells"]["valid"]) == {"outcome", "reason", "wire"}
    assert set(found["authenticated"][0]) == {
        *("key", "kind", "samples", "failures", "p50", "p95", "p99", "quantiles"),
        *("ratio", "low", "high", "added", "word"),
    }


def test_it_is_plain_data() -> None:
    found = made.results().as_json()
    assert json.loads(json.dumps(found)) == found


def test_a_controls_wrong_cells_do_not_count() -> None:
    assert made.results().passed
    assert made.results().wrong_cells == []


def test_a_wrong_verdict_counts() -> None:
    found = made.failing()
    assert not found.passed
    assert found.wrong_cells == [("header/one", "silence", "got in as <b>'ada'</b>")]


@pytest.mark.parametrize("where", ["authenticated", "refused"])
def test_a_failed_measurement_counts_alone(where: str) -> None:
    found = made.results(**{where: [made.latency("header/one", failures=["let in", "let in"])]})
    assert found.failed_measurements == 2
    assert not found.passed


def test_it_is_read_back_as_it_was() -> None:
    goals = [Judged("first-frame", "header/simplejwt_stateless", 0.2, Ratio(0.3, 0.2, 0.4))]
    found = made.everything(goals=goals, authenticated=[made.latency("header/one", added=Ratio(300, -1, 400))])
    assert Results.from_json(json.loads(json.dumps(found.as_json()))) == found


def test_another_schema_is_not_read() -> None:
    with pytest.raises(UnknownSchema, match="schema 1 where 4 is read"):
        Results.from_json({"schema": 1})
