from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from core.services.postgresql import PostgreSQL
from core.services.programs import ProgramMissing
from core.with_postgresql import ENVIRONMENT, USAGE, _run, main
from tests.services import available

TELLS = """
import os, psycopg, sys
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(connection.info.dbname)
sys.exit(7)
"""


def test_the_command_runs_on_it_and_says_how_it_ends(capfd: pytest.CaptureFixture[str], service_folder: object) -> None:
    available(PostgreSQL, service_folder)  # else skipped
    assert main([sys.executable, "-c", TELLS]) == 7
    assert capfd.readouterr().out.strip() == "wsauth"


def test_a_command_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == USAGE
    assert "COMMAND" in capsys.readouterr().err


def test_a_missing_program_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(_: type) -> Mapping[str, str]:
        raise ProgramMissing("initdb is not installed; it is in the Debian package postgresql.")

    monkeypatch.setattr(PostgreSQL, "programs", classmethod(missing))
    assert main(["manage.py", "storm"]) == ENVIRONMENT
    assert "Debian package postgresql" in capsys.readouterr().err


def test_a_python_file_is_run_by_this_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Sequence[str]] = []

    class Process:
        def __init__(self, command: Sequence[str], **_: object) -> None:
            seen.append(command)

        def wait(self) -> int:
            return 0

    monkeypatch.setattr(subprocess, "Popen", Process)
    assert _run(["manage.py", "storm"], "postgres://", []) == 0
    assert seen == [[sys.executable, "manage.py", "storm"]]


def test_a_command_that_is_none_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the name that was given, whether nothing is there or nothing that can be run."""
    (text := tmp_path / "text").touch()
    for wrong in ("no-such-command", str(text)):
        assert _run([wrong, "--flag"], "postgres://", []) == USAGE
        assert capsys.readouterr().err.startswith(f"{wrong} can't be run: ")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, 137)])
def test_whom_a_signal_ended_is_told_as_a_shell_tells_it(number: signal.Signals, code: int) -> None:
    ends_itself = f"kill -{number.value} $$"
    assert _run(["sh", "-c", ends_itself], "postgres://", []) == code
