from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from bench import given
from bench.given import Unreadable
from bench.kick import report as kick_report
from bench.kick import run
from bench.storm import load, report
from strategies import registry
from tests.bench import made
from tests.bench.rounds_made import entry


def written(tmp_path: Path, data: Any) -> Path:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(data))
    return path


PLAN = {"command": "manage.py storm", "parameters": {"server": "uvicorn"}, "facts": {"python": "3"}}
OPEN, HELD, ROW = (asdict(one) for one in (made.offered("a/b", 200), made.held("a/b"), made.closed("a/b")))
NAN = float("nan")


def test_what_a_storm_writes_is_read(tmp_path: Path) -> None:
    fine = made.storm()
    results = load.Results(
        rows=fine.closed,
        opened=fine.open,
        slo=fine.slo,
        memory=fine.memory,
        reconnects=fine.reconnects,
        refusals=fine.refusals,
        recovery=fine.recovery,
        counts=fine.counts,
        facts=fine.facts,
    )
    plan = load.Plan((), "https://app.example", "daphne", 7)
    found = given.storm(written(tmp_path, report.as_json(plan, results, fine.command)))
    assert asdict(found) | {"goals": []} == asdict(fine) | {"goals": []}


@pytest.mark.parametrize("kind", given.STORMS)
def test_each_kind_may_be_alone(kind: str, tmp_path: Path) -> None:
    row = asdict(getattr(made.storm(), kind)[0])
    found = given.storm(written(tmp_path, {**PLAN, kind: [row]}))
    assert len(getattr(found, kind)) == 1
    assert found.goals == []


def test_who_always_failed_has_no_figures(tmp_path: Path) -> None:
    storm = given.storm(written(tmp_path, {**PLAN, "closed": [asdict(made.failed("a/b", 9))]}))
    assert storm.failures == {"a/b": 9}


@pytest.mark.parametrize("kind", ["wrong", "recovery"])
def test_a_kind_that_is_not_shown_is_refused_with_those_that_are(kind: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"nothing in it can be shown.*--open-loop RATES`, `manage.py storm --m"):
        given.storm(written(tmp_path, {**PLAN, "closed": [], "open": [], "memory": [], kind: [{"key": "a/b"}]}))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"memory": [{**HELD, "over_none_bytes": "x"}]}, "memory[0].over_none_bytes must be a number, not a text"),
        ({"memory": [{**HELD, "slope_bytes": NAN}]}, "memory[0].slope_bytes must be a number, not nan"),
        ({"memory": [{**HELD, "deflate": "no"}]}, "memory[0].deflate must be true or false"),
        ({"memory": [{**HELD, "failures": {"hung up": "x"}}]}, "memory[0].failures.hung up must be a number"),
        ({"memory": [{"key": "a/b", "deflate": True, "slope_bytes": 1}]}, "memory[0].sizes is missing"),
        ({"open": [{**OPEN, "p95": NAN}]}, "open[0].p95 must be a number of at least 0, not nan"),
        ({"open": [{**OPEN, "rate": None}]}, "open[0].rate must be a number of at least 0, not null"),
        ({"open": [7]}, "open[0] must be an object, not a number"),
        ({"closed": [{"key": "a/b"}]}, "closed[0].handshakes is missing"),
        ({"closed": [{**ROW, "word": "nice"}]}, "closed[0].word must be one of faster, slower"),
        ({"open": [OPEN], "facts": 3}, "facts must be an object"),
        ({"open": [OPEN], "facts": {"steal": "x"}}, "facts.steal must be a number, not a text"),
        ({"open": [OPEN], "facts": {"load_before": float("inf")}}, "facts.load_before must be a number, not inf"),
        ({"open": [OPEN], "command": 3}, "command must be a name"),
        (
            {"open": [OPEN], "goals": [{"goal": "fame", "key": "a/b", "limit": 1, "measured": None, "enough": True}]},
            "goals[0].goal is none of cpu-stateless",
        ),
    ],
)
def test_a_bad_value_is_named(changes: dict[str, Any], why: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as told:
        given.storm(written(tmp_path, {**PLAN, **changes}))
    assert why in str(told.value)


@pytest.mark.parametrize("read", [given.storm, given.kick])
@pytest.mark.parametrize(
    ("content", "why"),
    [(b"\xff", "no JSON"), (b"hello", "no JSON"), (b"[]", "the file must be"), (b"{}", "nothing in")],
)
def test_a_file_that_holds_none_is_named_with_the_reason(read: Any, content: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=f"run.json: {why}"):
        read(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"nowhere\.json: No such file or directory"):
        given.storm(tmp_path / "nowhere.json")


def test_what_a_kick_writes_is_read(tmp_path: Path) -> None:
    plan = run.Plan(registry.pair("querystring", "authtoken"), "https://app.example", "daphne", 1_000, 2, "pubsub", 6)
    results = run.Results([[0.04] * 1_000] * 6, run.Counter(), {"database": "sqlite 3"})
    found = given.kick(written(tmp_path, kick_report.as_json(plan, results, "manage.py kick")))
    assert (found.p99, found.ended, found.parameters.processes, found.parameters.rounds) == (0.04, 6_000, 2, 6)
    assert [(one.goal, one.word) for one in found.goals] == [("log-out", "met")]


def test_what_a_kept_run_of_benchmarks_comes_to(tmp_path: Path) -> None:
    versions = {"versions": {"database": "sqlite 3"}}
    kept = [entry("tutorial", 3, spread=0, **versions), entry("header/authtoken", 2, spread=0, **versions)]
    found = given.bench(written(tmp_path, {"benchmarks": kept}))
    assert (found.command, found.versions) == ("make bench-save BASE=run", versions["versions"])
    assert [(one.goal, one.word) for one in found.goals] == [("in-process", "missed")]
    with pytest.raises(Unreadable, match="holds no run of these benchmarks"):
        given.bench(written(tmp_path, {}))
