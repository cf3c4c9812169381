"""`manage.py wsauth_revoke`: what it records, what it says, and what it refuses to take or to repeat."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError

from strategies.backend import digest
from strategies.journal import Reader, Revocation
from strategies.management.commands import wsauth_revoke
from tests.test_layout import ROOT

KEY = "s3cret0session0key0that0is0marked"

pytestmark = pytest.mark.django_db(transaction=True)


class Terminal(io.StringIO):
    """Standard input at which somebody sits, or not."""

    def __init__(self, text: str = "", *, person: bool = False) -> None:
        super().__init__(text)
        self.person = person

    def isatty(self) -> bool:
        return self.person


@pytest.fixture(autouse=True)
def nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())


@pytest.fixture
def ada() -> Any:
    return get_user_model().objects.create(username="ada")


def revoked(*arguments: str) -> str:
    out = io.StringIO()
    call_command("wsauth_revoke", *arguments, stdout=out)
    return out.getvalue()


def recorded() -> list[Revocation]:
    return Reader(0.0).read(0.0)


def only() -> dict[str, Any]:
    """What the one entry says, its time left out."""
    (one,) = recorded()
    assert abs(one.at - time.time()) < 60
    facts = {name: getattr(one, name) for name in ("user", "session", "token_id", "connection", "issued_before")}
    return {name: value for name, value in facts.items() if value not in ("", None)}


# ── what it records ──────────────────────────────────────────────────────────────────────────────


def test_by_name_and_by_key(ada: Any) -> None:
    assert "Recorded: user 'ada'." in revoked("--user", "ada")
    assert f"Recorded: user with the key '{ada.pk}'." in revoked("--user-id", str(ada.pk))
    assert [one.user for one in recorded()] == [str(ada.pk)] * 2


def test_a_user_who_is_gone_already_can_be_meant_by_key() -> None:
    assert "user with the key '07', whom the database doesn't know" in revoked("--user-id", "07")
    assert only() == {"user": "7"}


def test_all_that_is_given_must_be_met(ada: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(f"{KEY}\n"))
    said = revoked(
        "--user=ada", "--session=-", "--token-id=0123", "--connection=abc", "--issued-before=2026-11-25T18:30:00+01:00"
    )
    assert only() == {
        "user": str(ada.pk), "session": digest(KEY), "token_id": digest("0123"), "connection": "abc",
        "issued_before": 1795627800.0,
    }  # fmt: skip
    for word in ("user 'ada'", "session", "connection 'abc'", "before 2026-11-25 17:30:00 UTC"):
        assert word in said


def test_what_may_be_a_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(KEY))
    assert KEY not in revoked("--session", "-", "--token-id", f"token-{KEY}")


def test_a_person_types_the_key_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(person=True))
    monkeypatch.setattr(wsauth_revoke, "getpass", lambda prompt: KEY)
    revoked("--session", "-")
    assert only() == {"session": digest(KEY)}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1700000000", 1.7e9),
        ("1700000000.5", 1700000000.5),
        ("2023-11-14", 1699920000.0),
        ("2023-11-14T22:13:20Z", 1.7e9),
    ],
)
def test_times(ada: Any, text: str, seconds: float) -> None:
    revoked("--user=ada", f"--issued-before={text}")
    assert only()["issued_before"] == seconds


# ── everybody ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("arguments", [["--all"], ["--issued-before", "1700000000"]], ids=["all", "issued before"])
def test_for_everybody_it_wants_to_be_told_twice(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="add --yes") as refused:
        revoked(*arguments)
    assert refused.value.returncode == 2
    monkeypatch.setattr(sys, "stdin", Terminal("no\n", person=True))
    with pytest.raises(CommandError, match="Nothing was recorded"):
        revoked(*arguments)
    assert recorded() == []
    monkeypatch.setattr(sys, "stdin", Terminal("y\n", person=True))
    revoked(*arguments)
    revoked(*arguments, "--yes")
    assert len(recorded()) == 2


def test_all_is_whatever_was_issued_by_a_clock_that_is_ahead_too() -> None:
    assert "Recorded: everybody." in revoked("--all", "--yes")
    assert only()["issued_before"] > time.time() + 3600


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
def test_whoever_leaves_at_the_question_records_nothing(
    end: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaves(prompt: str) -> str:
        raise end

    monkeypatch.setattr(sys, "stdin", Terminal(person=True))
    monkeypatch.setattr("builtins.input", leaves)
    with pytest.raises(SystemExit) as ended:
        revoked("--all")
    assert (ended.value.code, recorded()) == (130, [])


# ── what it refuses ──────────────────────────────────────────────────────────────────────────────

BAD = {
    "nothing": ([], "say whose"),
    "all and one": (["--all", "--user-id=1"], "leave the rest out"),
    "unknown user": (["--user=nobody"], "There is no user with the username 'nobody'"),
    "odd key": (["--user-id=one"], "'one' can't be the primary key"),
    "empty": (["--user="], "must be printable, and not empty"),
    "no text": (["--user=\udcff"], "must be printable, and not empty"),
    "two users": (["--user=a", "--user-id=1"], "not allowed with"),
    "no time": (["--issued-before=soon"], "'soon' is no time"),
    "not finite": (["--issued-before=inf"], "'inf' is no time"),
    "too late": (["--issued-before=1e30"], "'1e30' is no time"),
    "no key": (["--session=-"], "No session key came"),
}


@pytest.mark.parametrize(("arguments", "why"), BAD.values(), ids=BAD)
def test_bad_wishes(arguments: list[str], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        revoked(*arguments)
    assert recorded() == []


def test_a_key_on_the_command_line_is_refused_and_not_repeated() -> None:
    with pytest.raises(CommandError, match="standard input") as refused:
        revoked("--session", KEY)
    assert KEY not in str(refused.value)


def test_a_database_that_fails_is_named_without_what_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: Any) -> None:
        raise DatabaseError(KEY)

    monkeypatch.setattr(wsauth_revoke, "revoke", fails)
    with pytest.raises(CommandError, match=r"can't be used: DatabaseError\.$"):
        revoked("--token-id", KEY)


@pytest.mark.parametrize(
    "arguments", [[], ["--user", "nobody"], ["--session", KEY], ["--all"]], ids=["nothing", "nobody", "key", "all"]
)
def test_from_a_shell_it_ends_with_2(arguments: list[str], database: str) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "WSAUTH_TEST_DATABASE": database}
    command = [sys.executable, "manage.py", "wsauth_revoke", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert KEY not in done.stderr
    assert ("usage: " in done.stderr) is (arguments in ([], ["--session", KEY]))
