from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from core.services import programs
from core.services.programs import ProgramMissing, ServiceFailed


def executable(path: Path) -> str:
    path.parent.mkdir(parents=True)
    path.touch(0o755)
    return str(path)


def test_the_newest_version_is_found_first(tmp_path: Path) -> None:
    for version in ("9.6", "15", "16"):
        executable(tmp_path / version / "bin" / "postgres-x")
    assert programs.find("postgres-x", "postgresql", also=f"{tmp_path}/*/bin") == f"{tmp_path}/16/bin/postgres-x"


def test_then_what_is_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = executable(tmp_path / "bin" / "postgres-x")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert programs.find("postgres-x", "postgresql", also=f"{tmp_path}/*/nowhere") == where


def test_a_missing_one_names_its_package() -> None:
    with pytest.raises(ProgramMissing, match="no-such-program is not installed; it is in the Debian package nothing-"):
        programs.find("no-such-program", "nothing-server")


def test_root_steps_back_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert programs.unprivileged() is None
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    someone = programs.unprivileged()
    assert someone is not None
    assert someone.pw_uid != 0


def test_root_alone_on_a_machine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(name: str) -> pwd.struct_passwd:
        raise KeyError(name)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", nobody)
    with pytest.raises(ProgramMissing, match="refuses to run as root"):
        programs.unprivileged()


def test_what_a_program_prints_and_that_it_failed() -> None:
    assert programs.run("echo", ["echo", "hello"]) == "hello\n"
    with pytest.raises(ServiceFailed, match=r"the copy ended with 1; it said:\n.*nowhere"):
        programs.run("the copy", ["cp", "/nowhere/a", "/nowhere/b"])
    with pytest.raises(ServiceFailed, match=r"false ended with 1; it said:\nnothing"):
        programs.run("false", ["false"])


def test_only_the_end_of_long_texts_is_told() -> None:
    assert programs.end_of("a" * 5_000 + "the end\n") == "a" * 1_993 + "the end"
