"""`manage.py compare` as a person runs it."""

from __future__ import annotations

import json
import re
import signal
from dataclasses import asdict
from pathlib import Path

import pytest

from bench.management.commands.compare import Command
from tests.bench import made
from tests.bench.shell import begun, ended_by, run
from tests.interruptible import nothing_left

STORM = {
    "command": "manage.py storm --seed 7",
    "parameters": {"server": "daphne"},
    "facts": {"steal": 0.0},
    "open": [asdict(made.offered("a/b", 9, p95=None))],
}
ONE = ("--quick", "--pairs", "querystring/authtoken", "--seed", "7")


def test_one_pair_end_to_end_as_json(tmp_path: Path) -> None:
    (tmp_path / "storm.json").write_text(json.dumps(STORM))
    (tmp_path / "kick.json").write_text(json.dumps(asdict(made.kick())))
    done = run(tmp_path, "compare", *ONE, "--json", "--storm", "storm.json", "--kick", "kick.json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["passed"] is True
    assert [column["key"] for column in found["columns"]] == ["querystring/authtoken", "control-session", "tutorial"]
    assert found["parameters"]["deadline"] == 5  # not what the shell holds
    measured = {row["key"]: row for row in found["authenticated"]}
    assert measured["querystring/authtoken"]["samples"] == found["parameters"]["rounds"]
    assert measured["querystring/authtoken"]["ratio"] > 1
    assert found["command"].endswith("--seed 7")
    assert [storm["command"] for storm in found["storms"]] == [STORM["command"]]
    assert [kick["command"] for kick in found["kicks"]] == [made.kick().command]
    assert measured["querystring/authtoken"]["added"]["estimate"] > 0
    told = found["exchanges"][found["columns"][0]["cells"]["valid"]["wire"]["close"]]
    assert "GET ‹route›?token=‹credential 1› HTTP/1.1" in told
    assert [(leak["key"], bool(leak["scope"]), leak["log"]) for leak in found["leaks"]] == [
        ("querystring/authtoken", False, ""),
        ("control-session", True, ""),
        ("tutorial", True, ""),
    ]
    assert 0 < found["rig"]["client_share"] < 1
    assert json.loads((tmp_path / "report" / "results.json").read_text("utf-8")) == found
    page = (tmp_path / "report" / "index.html").read_text("utf-8")
    for text in (done.stdout, page):
        assert str(tmp_path) not in text
        assert not re.search(r"\b[0-9a-f]{40}\b|eyJ[\w-]+\.", text)  # what tokens look like
    assert done.stderr.splitlines()[0] == "Preparing a temporary database …"
    assert "\x1b" not in done.stderr
    nothing_left(tmp_path)


@pytest.mark.storms
def test_a_wrong_verdict_is_told_with_its_reason_and_exit_code(tmp_path: Path) -> None:
    done = run(tmp_path, "compare", "--quick", "--report", "elsewhere", DJANGO_SETTINGS_MODULE="tests.bench.broken")
    assert done.returncode == 1, done.stderr
    assert "nothing-left: WRONG: refuse=handshake: the credential is left in the application's scope" in done.stdout
    assert "are WRONG" in done.stdout
    assert str(Path("elsewhere") / "index.html") in done.stdout
    assert (tmp_path / "elsewhere" / "index.html").exists()
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", done.stdout)
    nothing_left(tmp_path)


@pytest.mark.commands
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--pairs", "querystring/session"), ("'querystring/session'", "querystring/authtoken")),
        (("--server", "apache"), ("'apache'", "daphne")),
        (("--storm", "nowhere.json"), ("--storm: nowhere.json: No such file",)),
        (("--storm", "empty.json"), ("--storm: empty.json: nothing in it can be shown",)),
        (("--kick", "empty.json"), ("--kick: empty.json: nothing in it can be shown",)),
        (("--bench", "nowhere"), ("--bench: no baseline 'nowhere'",)),
    ],
)
def test_usage(arguments: tuple[str, ...], said: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text("{}")
    done = run(tmp_path, "compare", *arguments)
    assert done.returncode == 2
    assert all(text in done.stderr for text in said), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--quick", "--full"), "not allowed with"), (("--fast",), "--fast"), (("--seed", "x"), "'x'")],
)
def test_usage_that_the_parser_knows(arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "compare", *arguments])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.commands
@pytest.mark.parametrize(
    ("arguments", "changes", "said"),
    [
        ((), {"DATABASE_URL": "postgres://me:hunter2@127.0.0.1:1/lab"}, "no temporary database"),
        ((), {"REDIS_URL": "redis://:hunter2@127.0.0.1:1/0"}, "the channel layer can't be used (REDIS_URL)"),
        (("--report", "file/report"), {}, "no report can be written to file/report: Not a directory"),
    ],
)
def test_an_environment_that_fails(
    arguments: tuple[str, ...], changes: dict[str, str], said: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run(tmp_path, "compare", *ONE, *arguments, **changes)
    assert done.returncode == 3
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
    nothing_left(tmp_path)


@pytest.mark.commands
def test_help_documents_the_exit_codes(tmp_path: Path) -> None:
    done = run(tmp_path, "compare", "--help")
    assert done.returncode == 0
    for code in (0, 1, 2, 3, 130):
        assert re.search(rf"^  {code} ", done.stdout, re.MULTILINE), code


@pytest.mark.commands
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize(
    ("number", "code", "phase"),
    [
        (signal.SIGINT, 130, "Starting"),
        (signal.SIGINT, 130, "Judging"),
        (signal.SIGTERM, 143, "Judging"),
        (signal.SIGTERM, 143, "Measuring time to authenticated"),
    ],
)
def test_interrupted_it_leaves_nothing_behind(number: signal.Signals, code: int, phase: str, tmp_path: Path) -> None:
    process = begun(tmp_path, "compare", *ONE)
    said, rest = ended_by(process, number, phase)
    assert process.returncode == code, said + rest
    nothing_left(tmp_path)
