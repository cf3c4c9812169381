from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from bench.statistics import Ratio
from bench.storm import figures, load, queueing, report
from bench.storms import Closed, Offered, Storm, UnreadableStorm, read
from tests.bench import made


def written(tmp_path: Path, data: Any) -> Path:
    path = tmp_path / "storm.json"
    path.write_text(json.dumps(data))
    return path


PLAN = {"command": "manage.py storm", "parameters": {"server": "uvicorn", "rate": 200.0}, "facts": {"python": "3"}}
OPEN = {"key": "a/b", "achieved": 1.0, "p50": 1.0, "p95": 2.0, "p99": None, "handshakes": 9, "failures": {}}


def test_what_a_storm_writes_is_read(tmp_path: Path) -> None:
    row = figures.Row(
        key="header/one",
        handshakes=60,
        failures={},
        rate=810.5,
        relative=Ratio(0.8, 0.7, 0.9),
        word=None,
        cpu=900.0,
        cpu_interval=Ratio(900.0, 880.0, 920.0),
        added_cpu=150.0,
        added={},
        generator=90.0,
        added_p50=2.0,
        p50=8_000.0,
        p95=9_000.0,
        p99=None,
    )
    plan = load.Plan((), "https://app.example", "daphne", 7)
    data = report.as_json(plan, load.Results(rows=[row], facts={"steal": 0.0}), "manage.py storm --seed 7")
    storm = read(written(tmp_path, json.loads(json.dumps(data, default=asdict))))
    assert (storm.command, storm.server, storm.facts) == ("manage.py storm --seed 7", "daphne", {"steal": 0.0})
    assert storm.closed == [Closed("header/one", 810.5, 0.8, 0.7, 0.9, 900.0, 150.0, 8_000.0, None)]
    assert (storm.open, storm.memory) == ([], [])


def test_who_always_failed_has_no_figures(tmp_path: Path) -> None:
    rows = [{"key": "a/b", "rate": None, "relative": None, "cpu": None, "failures": {"hung up": 9}}]
    storm = read(written(tmp_path, {**PLAN, "closed": rows, "open": []}))
    assert storm.closed == [Closed("a/b", *[None] * 8, failures=9)]
    assert storm.failures == {"a/b": 9}
    with pytest.raises(UnreadableStorm, match="relative must be an object, not null"):
        read(written(tmp_path, {**PLAN, "closed": [{**rows[0], "rate": 1, "failures": {}}], "open": []}))


def test_an_open_loop_has_one_rate_or_one_a_row(tmp_path: Path) -> None:
    rows = [OPEN, {**OPEN, "rate": 400}]
    storm = read(written(tmp_path, {**PLAN, "closed": [], "open": rows}))
    assert storm.open == [Offered("a/b", rate, 1.0, 1.0, 2.0, None) for rate in (200.0, 400.0)]
    assert {"achieved", "p50", "p95", "p99"} <= set(queueing.Open.__dataclass_fields__)


def test_memory_is_read_where_there_is_any(tmp_path: Path) -> None:
    rows = [{"key": "a/b", "deflate": True, "slope_bytes": 3, "sizes": [1, 2], "failures": {}}]
    storm = read(written(tmp_path, {**PLAN, "closed": [], "open": [], "memory": rows}))
    assert [(one.key, one.deflate, one.slope_bytes, one.over_none_bytes) for one in storm.memory] == [
        ("a/b", True, 3.0, None)
    ]


def test_it_survives_the_results(tmp_path: Path) -> None:
    storm = made.storm()
    assert Storm.from_json(json.loads(json.dumps(asdict(storm)))) == storm


HELD = {"key": "a/b", "deflate": False, "slope_bytes": 3, "failures": {}}


def test_wrong_answers_are_carried(tmp_path: Path) -> None:
    rows = [{**HELD, "failures": {"hung up": 2, "refused": 1}}, {**HELD, "key": "c/d"}]
    storm = read(written(tmp_path, {**PLAN, "memory": rows}))
    assert storm.failures == {"a/b": 3}
    assert made.failing_storm().failures == {"header/one": 2 + 4 + 5}


@pytest.mark.parametrize("kind", ["reconnects", "refusals", "counts", "wrong"])
def test_a_kind_that_is_not_shown_is_refused_with_those_that_are(kind: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableStorm, match=r"nothing in it can be shown.*--open-loop RATES`, `manage.py storm --m"):
        read(written(tmp_path, {**PLAN, "closed": [], "open": [], "memory": [], kind: [{"key": "a/b"}]}))


NAN = float("nan")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"memory": [{**HELD, "over_none_bytes": "x"}]}, "memory[0].over_none_bytes must be a number, not a text"),
        ({"memory": [{**HELD, "slope_bytes": NAN}]}, "memory[0].slope_bytes must be a number, not nan"),
        ({"memory": [{**HELD, "slope_bytes": "3"}]}, "memory[0].slope_bytes must be a number, not a text"),
        ({"memory": [{**HELD, "deflate": "no"}]}, "memory[0].deflate must be true or false"),
        ({"memory": [{**HELD, "failures": {"hung up": "x"}}]}, "memory[0].failures.hung up must be a number"),
        ({"memory": [{"key": "a/b", "deflate": True, "slope_bytes": 1}]}, "memory[0].failures is missing"),
        ({"open": [{**OPEN, "p95": NAN}]}, "open[0].p95 must be a number, not nan"),
        ({"open": [{**OPEN, "rate": None}]}, "open[0].rate must be a number above 0, not null"),
        ({"open": [7]}, "open[0] must be an object, not a number"),
        ({"closed": [{"rate": 1}]}, "closed[0].failures is missing"),
        ({"open": [OPEN], "facts": 3}, "facts must be an object"),
        ({"open": [OPEN], "facts": {"steal": "x"}}, "facts.steal must be a number, not a text"),
        ({"open": [OPEN], "facts": {"load_before": float("inf")}}, "facts.load_before must be a number, not inf"),
        ({"open": [OPEN], "command": 3}, "command must be a name"),
    ],
)
def test_a_bad_value_is_named(changes: dict[str, Any], why: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableStorm) as told:
        read(written(tmp_path, {**PLAN, **changes}))
    assert why in str(told.value)


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"\xff", "no JSON"), (b"hello", "no JSON"), (b"[]", "the file must be"), (b"{}", "nothing in")],
)
def test_a_file_that_holds_none_is_named_with_the_reason(content: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "storm.json"
    path.write_bytes(content)
    with pytest.raises(UnreadableStorm, match=f"storm.json: {why}"):
        read(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableStorm, match=r"nowhere\.json: No such file or directory"):
        read(tmp_path / "nowhere.json")
