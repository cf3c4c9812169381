from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.baseline import LEAST_FLOOR, NoBaseline, changes, floors_of, load, told
from bench.statistics import Word

from .rounds_made import entry, noise, rows


def verdict(then: float, now: float, *, spread: float = 0.01) -> Word:
    (change,) = changes(
        rows([entry("one", then, spread=spread), noise()]),
        rows([entry("one", now, spread=spread, run="later"), noise()]),
    )
    return change.word


@pytest.mark.parametrize(
    ("then", "now", "word"),
    [(2, 2, Word.NO_DIFFERENCE), (2, 2.04, Word.NO_DIFFERENCE), (2, 2.6, Word.SLOWER), (2, 1.5, Word.FASTER)],
)
def test_words(then: float, now: float, word: Word) -> None:
    assert verdict(then, now) is word


def test_what_jumps_about_beside_a_calm_control_is_called_unstable() -> None:
    assert verdict(2, 2.1, spread=0.6) is Word.UNSTABLE


def test_absolute_times_are_never_compared() -> None:
    """Another machine: everything takes ten times as long."""
    then, elsewhere = entry("one", 2), entry("one", 2)
    elsewhere["stats"]["data"] = [10 * one for one in elsewhere["stats"]["data"]]
    elsewhere["extra_info"]["control_seconds"] = [10 * one for one in elsewhere["extra_info"]["control_seconds"]]
    (change,) = changes(rows([then]), rows([elsewhere]))
    assert change.measured.estimate == pytest.approx(1)


def test_the_floor_is_what_a_control_differed_from_itself_in_its_group() -> None:
    calm, wild = noise(group="calm"), noise(group="wild", spread=0.6)
    wild["fullname"] += "2"
    floors = floors_of(rows([calm, wild, entry("one", 9)]).values())
    assert floors["calm"] == LEAST_FLOOR < floors["wild"]
    then, now = rows([entry("one", 2, group="wild"), wild]), rows([entry("one", 2.2, group="wild"), wild])
    assert changes(then, now)[0].word is not Word.SLOWER


def test_only_what_both_runs_have_is_compared() -> None:
    then, now = rows([entry("old", 2), entry("both", 2), noise()]), rows([entry("both", 2), entry("new", 2), noise()])
    assert [one.name for one in changes(then, now)] == ["bench/test_handshake.py::test[both]"]


@pytest.mark.parametrize(("threshold", "count"), [(0.1, 1), (0.5, 0)])
def test_slower_within_the_threshold_is_said_and_forgiven(threshold: float, count: int) -> None:
    found = changes(rows([entry("one", 2)]), rows([entry("one", 2.6)]))
    lines = list(told(found, threshold))
    assert "slower" in lines[1]
    assert "+30" in lines[1] or "+29" in lines[1]
    assert f"; {count} slower by more than {threshold:.0%}" in lines[-1]
    assert sum(one.is_slower_by(threshold) for one in found) == count


def test_a_run_is_read_by_name_or_by_file(tmp_path: Path) -> None:
    file = tmp_path / "main.json"
    file.write_text(json.dumps({"benchmarks": [entry("one", 2)]}))
    assert load("main", tmp_path) == load(str(file))


@pytest.mark.parametrize(("name", "message"), [("gone", "saved: broken, main"), ("broken", "holds no run")])
def test_no_baseline(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "main.json").write_text(json.dumps({"benchmarks": []}))
    (tmp_path / "broken.json").write_text("[]")
    with pytest.raises(NoBaseline, match=message):
        load(name, tmp_path)


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"benchmarks": [{}]}', b'{"benchmarks": 3}', b"\xff"])
def test_a_file_of_another_kind(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_bytes(content)
    with pytest.raises(NoBaseline, match="holds no run"):
        load(str(tmp_path / "other.json"))


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoBaseline, match="saved: none yet"):
        load("main", tmp_path / "nothing")
