from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.capacity.figures import load, read
from bench.fields import LARGEST, BadFigures
from bench.lineup import AGAIN, CONTROL
from bench.statistics import Ratio
from bench.storm.counts import Counts
from bench.storm.figures import Against, Block, rows
from bench.storm.load import Plan, Results
from bench.storm.memory import Memory
from bench.storm.report import as_json
from tests.bench.capacity.made import told

ROW = told()["closed"][0]
MEMORY = {"key": "tutorial", "slope_bytes": 20_000, "failures": {}}
COUNTS = {"key": "tutorial", "failures": {}}


def test_what_is_read() -> None:
    memory = [{"key": "tutorial", "slope_bytes": one, "failures": {}} for one in (20_000, 50_000, 30_000)]
    counts = [{"key": "tutorial", "queries_under_storm": 2, "failures": {}}]
    found = read(told(memory=memory, counts=counts))
    assert (found.server, found.facts) == ("daphne", {"cpus": 2})
    first, second = found.rows
    assert (first.cpu, first.cpu_high) == pytest.approx((0.0007, 0.0008))
    assert (first.memory, first.queries) == (None, None)
    assert (second.key, second.cpu_high) == ("tutorial", pytest.approx(0.0015))
    assert (second.memory, second.queries) == (50_000, 2)


def test_queries_may_be_none_at_all() -> None:
    counts = [{"key": ROW["key"], "queries_under_storm": 0.0, "failures": {}}]
    assert [row.queries for row in read(told(counts=counts)).rows] == [0, None]


def test_the_names_are_those_that_a_storm_writes() -> None:
    block = Block(100, 1.0, 0.1, 0.0, [0.01] * 100)
    results = Results(
        rows=rows({"x/y": [(block, block)] * 3}, Against(CONTROL, AGAIN), seed=1),
        memory=[Memory("x/y", False, (1, 2), (3, 4), 5.0)],
        counts=[Counts("x/y", 1, 0.5, Ratio(0.5, 0.5, 0.5), 1, 1, 1, 1, 1, None, {})],
    )
    written = json.loads(json.dumps(as_json(Plan((), "", "daphne", 1), results, "")))
    control, found = read(written).rows
    assert control.key == CONTROL
    assert (found.cpu, found.memory, found.queries) == (pytest.approx(0.001), 5.0, 0.5)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in told().items() if key != name}


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ([], "the file must be an object, not a list"),
        (None, "the file must be an object, not null"),
        (without("parameters"), "parameters is missing"),
        (without("facts"), "facts is missing"),
        (without("closed"), "closed is missing"),
        (told(parameters={"server": "granian"}), "parameters.server must be one of daphne, uvicorn, not 'granian'"),
        (told(parameters={"server": ["daphne"]}), "parameters.server must be one of"),
        (told(facts=3), "facts must be an object, not a number"),
        (told(closed={}), "closed must be a list, not an object"),
        (told(closed=[]), "closed is empty"),
        (told(closed=["x"]), "closed[0] must be an object, not a text"),
        (told(closed=[ROW, {"cpu": 1}]), "closed[1].key is missing"),
        (told(closed=[{**ROW, "key": 7}]), "closed[0].key must be a name, not a number"),
        (told(closed=[{**ROW, "key": "a\x1b[1m"}]), "closed[0].key must be a name"),
        (told(closed=[{"key": "x/y", "failures": {}}]), "closed[0].cpu is missing"),
        (told(closed=[{"key": "x/y", "cpu": 7}]), "closed[0].failures is missing"),
        (told(closed=[{**ROW, "cpu": True}]), "closed[0].cpu must be a number above 0, not a truth value"),
        (told(closed=[{**ROW, "cpu": 0}]), "closed[0].cpu must be a number above 0, not 0"),
        (told(closed=[{**ROW, "cpu": float("nan")}]), "closed[0].cpu must be a number above 0, not nan"),
        (told(closed=[{**ROW, "cpu": 1e300}]), "closed[0].cpu must be a number above 0, not one beyond all measure"),
        (told(closed=[{**ROW, "cpu_interval": 3}]), "closed[0].cpu_interval must be an object"),
        (told(closed=[{**ROW, "cpu_interval": {}}]), "closed[0].cpu_interval.high is missing"),
        (told(closed=[{**ROW, "cpu_interval": {"high": 1}}]), "closed[0].cpu_interval.high is below cpu"),
        (told(closed=[{**ROW, "failures": {"hung up": 2}}]), "'querystring/authtoken' had failures"),
        (told(closed=[ROW, ROW]), "closed has 'querystring/authtoken' more than once"),
        (told(memory={}), "memory must be a list"),
        (told(memory=[{"key": "tutorial"}]), "memory[0].failures is missing"),
        (told(memory=[{"key": "tutorial", "failures": {}}]), "memory[0].slope_bytes is missing"),
        (told(memory=[{"key": "tutorial", "failures": {"hung up": 1}}]), "memory[0]: 'tutorial' had failures"),
        (told(memory=[{**MEMORY, "slope_bytes": -1}]), "memory[0].slope_bytes must be a number above 0, not -1"),
        (told(counts=[{**COUNTS, "queries_under_storm": -1}]), "queries_under_storm must be a number of at least 0"),
        (told(counts=[{**COUNTS, "queries_under_storm": 10**400}]), "of at least 0, not one beyond all measure"),
        (told(counts=[COUNTS]), "counts[0].queries_under_storm is missing"),
    ],
)
def test_what_is_wrong_is_named(what: object, said: str) -> None:
    with pytest.raises(BadFigures) as told_:
        read(what)
    assert said in str(told_.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b"1" * 5_000])
def test_no_json(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "storm.json"
    file.write_bytes(content)
    with pytest.raises(BadFigures):
        load([file])


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadFigures, match="No such file"):
        load([tmp_path / "storm.json"])
    with pytest.raises(BadFigures, match="Is a directory"):
        load([tmp_path])


def test_a_file_of_any_size_is_no_file_to_read(tmp_path: Path) -> None:
    file = tmp_path / "storm.json"
    with file.open("wb") as out:
        out.truncate(LARGEST + 1)
    with pytest.raises(BadFigures, match="too large"):
        load([file])


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "storm.json"
    file.write_text(json.dumps(told()))
    assert load([file]) == read(told())


def test_several_files_are_one(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("storm.json", "memory.json", "uvicorn.json")]
    empty = {"closed": [], "memory": [MEMORY]}
    for file, content in zip(
        files, (told(), told(**empty), told(**empty, parameters={"server": "uvicorn"})), strict=True
    ):
        file.write_text(json.dumps(content))
    assert [row.memory for row in load(files[:2]).rows] == [None, 20_000]
    with pytest.raises(BadFigures, match=r"uvicorn\.json: measured on uvicorn, and the others on daphne"):
        load(files)
    with pytest.raises(BadFigures, match="more than once"):
        load([files[0], files[0]])
    with pytest.raises(BadFigures, match="closed is empty"):
        load(files[1:2])


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(sorted({*told(), *ROW})), inner),
)


@given(st.sampled_from(["parameters", "facts", "closed", "memory", "counts"]), anything)
def test_whatever_stands_there_it_is_read_or_refused(place: str, what: object) -> None:
    with suppress(BadFigures):
        assert read(told(**{place: what})).rows
