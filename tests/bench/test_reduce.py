from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bench import reduce
from bench.judged import Judged
from bench.reduce import SUMMARY, main, reduced
from core import settings as lab
from strategies import registry
from strategies.conformance import CASES
from tests.bench import made


def written(folder: Path) -> Path:
    path = folder / "results.json"
    path.write_text(json.dumps(made.results(storms=[made.storm()]).as_json()))
    return path


def test_a_contender_keeps_its_counts_and_figures() -> None:
    found = {one["key"]: one for one in reduced(made.results())["contenders"]}
    assert list(found) == ["header/one", "cookie/two", "tutorial", "control-none", "control-none (again)"]
    assert found["header/one"] == {
        "key": "header/one",
        "counted": True,
        "verdicts": {"as expected": 1, "not applicable": 1},
        "p50": 2_000,
        "p95": 3_000,
        "p99": None,
        "ratio": 1.5,
        "low": 1.4,
        "high": 1.6,
        "word": "slower",
    }
    assert found["tutorial"]["counted"] is False
    assert "p50" not in found["tutorial"]  # judged, not measured
    assert found["control-none"]["verdicts"] == {}


def test_a_storm_keeps_what_it_adds_and_where() -> None:
    (storm,) = reduced(made.results(storms=[made.storm()]))["storms"]
    assert storm["where"] == "daphne, sqlite 3"
    assert storm["closed"]["header/one"] == {"ratio": 0.8, "added_cpu": 150}
    assert storm["memory"]["header/one"] == 3_072
    assert (storm["capacity"]["tutorial"], storm["recovery_seconds"]["tutorial"], storm["queries"]["tutorial"]) == (
        400,
        2.5,
        0.05,
    )
    (counted,) = reduced(made.results(storms=[made.storm(closed=[], memory=[], slo=[], reconnects=[])]))["storms"]
    assert list(counted) == ["command", "where", "queries"]


def test_log_outs_are_in_milliseconds() -> None:
    (found,) = reduced(made.everything())["log_outs"]
    assert (found["where"], found["p50"], found["p99"], found["max"]) == ("daphne, sqlite 3", 41, 83, 91)


def test_goals_keep_their_counts_and_the_farthest() -> None:
    found = {one["goal"]: one for one in reduced(made.everything())["goals"]}
    assert found["rate-authtoken"] == {
        "goal": "rate-authtoken",
        "where": "daphne, sqlite 3",
        "limit": 0.85,
        "met": 1,
        "not decided": 1,
        "farthest": {"key": "cookie/authtoken", "estimate": 0.8, "low": 0.7, "high": 0.9},
    }
    assert list(found) == ["rate-authtoken", "in-process", "log-out"]
    storm = made.storm(goals=[Judged("rate-authtoken", "header/authtoken", 0.85)])
    assert reduced(made.results(storms=[storm]))["goals"][0]["farthest"] is None


def test_who_gave_wrong_answers_stays_out() -> None:
    (storm,) = reduced(made.results(storms=[made.failing_storm()]))["storms"]
    assert list(storm["closed"]) == list(storm["memory"]) == list(made.KEYS[1:])


def test_samples_and_transcripts_stay_out() -> None:
    text = json.dumps(reduced(made.everything()))
    assert not re.search(r"quantiles|exchanges|GET |reason", text)


def test_it_is_written_where_it_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(written(tmp_path)), "--to", str(tmp_path / "summary.json")]) == 0
    assert json.loads((tmp_path / "summary.json").read_text("utf-8"))["date"] == "2026-11-20"
    assert "docs.tables" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file or directory"),
        ("hello", "not the results.json of a comparison"),
        ("[]", "not the results.json of a comparison"),
        ('{"schema": 1}', "schema 1 where 4 is read"),
        ('{"schema": 4}', "not the results.json of a comparison"),
    ],
)
def test_what_is_no_results_is_said(
    content: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "results.json"
    if content is not None:
        path.write_text(content)
    assert main([str(path), "--to", str(tmp_path / "summary.json")]) == 2
    assert f"{path}: {said}" in capsys.readouterr().err
    assert not (tmp_path / "summary.json").exists()


def test_a_place_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(written(tmp_path)), "--to", str(tmp_path / "no" / "summary.json")]) == 2
    assert "No such file or directory" in capsys.readouterr().err


def test_the_committed_one_names_no_machine_and_holds_no_token() -> None:
    text = SUMMARY.read_text("utf-8")
    found = json.loads(text)
    assert reduce.SUMMARY.name == "summary.json"
    assert found["passed"] is True
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["date"])
    assert "--full" in found["command"] or "--seed" in found["command"]
    assert not re.search(r"https?:|/home/|/tmp|/root|\b[0-9a-f]{32,}\b|eyJ|@", text)


def test_the_committed_one_is_of_the_lab_s_pairs_and_all_cases(settings: Any) -> None:
    """A stale one is made anew by `manage.py compare --full`, `python -m bench.reduce` and `python -m docs.tables`."""
    settings.WS_AUTH = lab.WS_AUTH
    contenders = json.loads(SUMMARY.read_text("utf-8"))["contenders"]
    counted = {one["key"]: sum(one["verdicts"].values()) for one in contenders if one["counted"]}
    assert counted == {pair.key: len(CASES) for pair in registry.pairs()}
