from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.capacity.figures import LARGEST, BadFigures, Figure, load, read
from tests.bench.capacity.made import told

ROW = told()["closed"][0]


def test_what_is_read() -> None:
    memory = [{"key": "tutorial", "bytes_per_connection": 20_000}]
    found = read(told(memory=memory))
    assert (found.server, found.facts) == ("daphne", {"cpus": 2})
    first, second = found.rows
    assert (first.cpu, first.cpu_high) == pytest.approx((0.0007, 0.0008))
    assert (second.key, second.cpu_high, second.memory) == ("tutorial", pytest.approx(0.0015), 20_000)


def test_queries_may_be_none_at_all() -> None:
    found = read(told(closed=[{**ROW, "queries": 0}, {**ROW, "key": "x/y", "queries": None}]))
    assert [row.queries for row in found.rows] == [0, None]
    assert isinstance(found.rows[0], Figure)


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
        (
            told(closed=[{**ROW, "queries": 10**400}]),
            "closed[0].queries must be a number of at least 0, not one beyond",
        ),
        (told(closed=[{**ROW, "cpu_interval": 3}]), "closed[0].cpu_interval must be an object"),
        (told(closed=[{**ROW, "cpu_interval": {}}]), "closed[0].cpu_interval.high is missing"),
        (told(closed=[{**ROW, "cpu_interval": {"high": 1}}]), "closed[0].cpu_interval.high is below cpu"),
        (told(closed=[{**ROW, "queries": -1}]), "closed[0].queries must be a number of at least 0, not -1"),
        (told(closed=[{**ROW, "failures": {"hung up": 2}}]), "'querystring/authtoken' had failures"),
        (told(closed=[ROW, ROW]), "closed has 'querystring/authtoken' more than once"),
        (told(memory={}), "memory must be a list"),
        (told(memory=[{"key": "tutorial"}]), "memory[0].bytes_per_connection is missing"),
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
        load(file)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadFigures, match="No such file"):
        load(tmp_path / "storm.json")
    with pytest.raises(BadFigures, match="Is a directory"):
        load(tmp_path)


def test_a_file_of_any_size_is_no_file_to_read(tmp_path: Path) -> None:
    file = tmp_path / "storm.json"
    with file.open("wb") as out:
        out.truncate(LARGEST + 1)
    with pytest.raises(BadFigures, match="too large"):
        load(file)


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "storm.json"
    file.write_text(json.dumps(told()))
    assert load(file) == read(told())


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(sorted({*told(), *ROW})), inner),
)


@given(st.sampled_from(["parameters", "facts", "closed", "memory"]), anything)
def test_whatever_stands_there_it_is_read_or_refused(place: str, what: object) -> None:
    with suppress(BadFigures):
        assert read(told(**{place: what})).rows
