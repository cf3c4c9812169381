from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence

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
