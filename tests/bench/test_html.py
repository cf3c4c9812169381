from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import html
from bench.serving import EnvironmentFailed
from tests.bench import made


def test_both_files_are_written(tmp_path: Path) -> None:
    folder = html.prepare(tmp_path / "new" / "report")
    html.write(made.results(), folder)
    assert json.loads((folder / html.DATA).read_text("utf-8"))["passed"] is True
    assert (folder / html.PAGE).read_text("utf-8").startswith("<!doctype html>")


def test_a_folder_that_cannot_be_written_is_known_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EnvironmentFailed, match=r"no report can be written to .*file"):
        html.prepare(tmp_path / "file" / "report")


def test_a_folder_that_has_gone_meanwhile(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailed, match="could not be written: No such file"):
        html.write(made.results(), tmp_path / "gone")
