from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from bench import databases
from bench.databases import close_connections, temporary_database, url
from bench.serving import EnvironmentFailed
from core import environment


def test_it_is_migrated_empty_known_to_others_and_gone_afterwards(
    django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    before = connection.settings_dict["NAME"]
    with django_db_blocker.unblock(), temporary_database() as found:
        inside = connection.settings_dict["NAME"]
        assert inside != before
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM auth_user")
            assert cursor.fetchone() == (0,)
        monkeypatch.setenv("DATABASE_URL", found["DATABASE_URL"])
        read = environment.database_url("DATABASE_URL")
        assert read is not None
        assert read["NAME"] == inside
        connection.close()
    assert connection.settings_dict["NAME"] == before
    assert not Path(inside).parent.exists()


def test_it_is_gone_when_something_fails_inside(django_db_blocker: Any) -> None:
    before = dict(connection.settings_dict)
    inside = ""
    with pytest.raises(KeyboardInterrupt), django_db_blocker.unblock(), temporary_database():
        inside = connection.settings_dict["NAME"]
        raise KeyboardInterrupt
    assert not Path(inside).parent.exists()
    assert dict(connection.settings_dict) == before


@pytest.mark.parametrize("failure", [DatabaseError("no server there"), PermissionError("not allowed"), SystemExit(2)])
def test_one_that_cannot_be_had_is_the_environments_fault(
    failure: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise failure

    monkeypatch.setattr(databases, "setup_databases", fail)
    before = dict(connection.settings_dict["TEST"])
    with pytest.raises(EnvironmentFailed, match="no temporary database"), temporary_database():
        pass
    assert connection.settings_dict["TEST"] == before


@pytest.mark.parametrize(
    ("configured", "expected"),
    [
        ("", "sqlite:////tmp/a%20b/new"),
        ("sqlite:////srv/db.sqlite3?timeout=9", "sqlite:////tmp/a%20b/new?timeout=9"),
        ("sqlite://:memory:", "sqlite:////tmp/a%20b/new"),
        ("postgres://me:p%40ss@db:5432/lab?sslmode=require", "postgres://me:p%40ss@db:5432/test_lab_1?sslmode=require"),
    ],
)
def test_password_and_options_stay(configured: str, expected: str) -> None:
    name = "test_lab_1" if configured.startswith("postgres") else "/tmp/a b/new"
    found = url(name, {"DATABASE_URL": configured})
    assert found == expected


def test_the_lab_reads_the_name_that_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "/tmp/a b/ü?#.sqlite3"
    monkeypatch.setenv("DATABASE_URL", url(name, {}))
    try:
        found = environment.database_url("DATABASE_URL")
    except ImproperlyConfigured as error:
        pytest.fail(str(error))
    assert found is not None
    assert found["NAME"] == name


def test_a_server_that_never_answers_is_given_up() -> None:
    """One connection has no pool, and a limit; what the URL says wins."""
    made = [
        databases._for_one_process(vendor, {"OPTIONS": options})["OPTIONS"]
        for vendor, options in (
            ("postgresql", {"pool": {}}),
            ("postgresql", {"connect_timeout": 9}),
            ("sqlite", {"timeout": 20}),
        )
    ]
    assert made == [{"connect_timeout": databases.CONNECT_SECONDS}, {"connect_timeout": 9}, {"timeout": 20}]


def test_others_get_a_name_of_their_own() -> None:
    names = {databases._name("postgresql", "lab", Path("/tmp")) for _ in range(2)}
    assert len(names) == 2
    assert all(name.startswith("test_lab_") for name in names)


def test_connections_are_closed_after_an_interruption_in_the_middle_of_a_query() -> None:
    leave, tasks = threading.Event(), []

    def interrupt() -> None:
        raise KeyboardInterrupt

    async def query() -> None:
        tasks.append(asyncio.current_task())
        asyncio.get_running_loop().call_soon(interrupt)
        await sync_to_async(leave.wait)()

    with asyncio.Runner() as runner:
        with pytest.raises(KeyboardInterrupt):
            runner.run(query())
        with pytest.raises(RuntimeError, match="deadlock"):  # what it would be without a context of its own
            runner.run(sync_to_async(int)())
        leave.set()
        close_connections(runner)
        assert [task.done() for task in tasks] == [True]
