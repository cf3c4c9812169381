from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command

from bench.management.commands.load_people import PREFIX

pytestmark = pytest.mark.django_db


def called(*arguments: str) -> str:
    out = StringIO()
    call_command("load_people", *arguments, stdout=out)
    return out.getvalue()


def accounts() -> int:
    return get_user_model().objects.filter(username__startswith=PREFIX).count()


def test_everybody_in_the_file_can_log_in(tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    said = called(str(file), "--count", "3")
    found = json.loads(file.read_text())
    assert list(found) == [f"{PREFIX}0", f"{PREFIX}1", f"{PREFIX}2"]
    assert all(authenticate(username=name, password=password) for name, password in found.items())
    assert file.stat().st_mode & 0o777 == 0o600
    assert next(iter(found.values())) not in said


def test_a_second_call_replaces_the_first(tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    file.write_text("older")
    file.chmod(0o644)
    called(str(file), "--count", "3")
    before = file.read_text()
    called(str(file), "--count", "2")
    assert accounts() == 2
    assert file.read_text() != before
    assert file.stat().st_mode & 0o777 == 0o600


def test_delete_takes_only_its_own(tmp_path: Path) -> None:
    get_user_model().objects.create_user("somebody")
    file = tmp_path / "people.json"
    called(str(file), "--count", "3")
    assert called(str(file), "--delete") == "3 accounts removed\n"
    assert accounts() == 0
    assert get_user_model().objects.count() == 1
    assert not file.exists()
    assert called(str(file), "--delete") == "0 accounts removed\n"


def test_a_file_that_cannot_be_written_leaves_no_account(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="can't be written") as raised:
        called(str(tmp_path / "no-such-folder" / "people.json"))
    assert raised.value.returncode == 2
    assert accounts() == 0


@pytest.mark.parametrize("count", ["0", "-1", "many", "100001"])
def test_usage(count: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no number from 1 to 100,000"):
        called(str(tmp_path / "people.json"), f"--count={count}")
