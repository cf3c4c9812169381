from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import benchmarks

from .rounds_made import entry, noise

ROOT = Path(benchmarks.__file__).resolve().parent.parent


def kept(folder: Path, name: str, *entries: dict[str, Any]) -> str:
    file = folder / f"{name}.json"
    file.write_text(json.dumps({"benchmarks": entries}))
    return str(file)


def called(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("now", "options", "code"), [(2.0, (), 0), (1.0, (), 0), (2.6, (), 1), (2.6, ("--threshold", "50"), 0)]
)
def test_the_exit_code_is_the_verdict(now: float, options: tuple[str, ...], code: int, tmp_path: Path) -> None:
    then, later = kept(tmp_path, "a", entry("x", 2.0), noise()), kept(tmp_path, "b", entry("x", now), noise())
    assert benchmarks.main(["compare", then, "--with", later, *options]) == code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", "no-such-run"], "no baseline 'no-such-run'; saved: "),
        (["compare", "pyproject.toml.json"], "no baseline"),
        (["compare"], "required: name"),
        (["compare", "x", "--threshold", "-3"], "'-3' is no percentage"),
        (["save", "../x"], "'../x' is no name"),
        (["faster"], "'faster'"),
        ([], "required: run|save|compare"),
    ],
)
def test_usage(arguments: list[str], message: str) -> None:
    ended = called(*arguments)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_runs_without_a_benchmark_in_common(tmp_path: Path, capsys: Any) -> None:
    then, later = kept(tmp_path, "a", entry("x", 2.0)), kept(tmp_path, "b", entry("y", 2.0))
    assert benchmarks.main(["compare", then, "--with", later]) == 2
    assert "no benchmark in common" in capsys.readouterr().err


def test_a_run_is_kept_and_compared_with_a_new_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The real benchmarks, one of them. The same code may be called slower on a busy machine, never unmeasured."""
    monkeypatch.setattr(benchmarks, "FOLDER", tmp_path)
    monkeypatch.setattr(benchmarks.baseline, "path_of", lambda name: tmp_path / f"{Path(name).stem}.json")
    few = ["--", "-k", "test_find and (header-authtoken or header/authtoken or again)"]
    assert benchmarks.main(["save", "main", *few]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["main.json"]
    run = json.loads((tmp_path / "main.json").read_text())
    assert "node" not in run["machine_info"]
    assert {"items", "queries", "versions"} <= run["benchmarks"][0]["extra_info"].keys()


def test_a_failed_run_leaves_the_earlier_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(benchmarks, "FOLDER", tmp_path)
    monkeypatch.setattr(benchmarks.baseline, "path_of", lambda name: tmp_path / f"{name}.json")
    (tmp_path / "main.json").write_text("kept")
    assert benchmarks.main(["save", "main", "--", "-k", "no such benchmark"]) == 3
    assert (tmp_path / "main.json").read_text() == "kept"
    assert [path.name for path in tmp_path.iterdir()] == ["main.json"]


def test_interrupted(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.benchmarks", "run"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    process.stdout.read(3)  # the first dots of pytest
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted." in said
    assert "Traceback" not in said
