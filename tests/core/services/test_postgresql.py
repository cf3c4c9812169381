from __future__ import annotations

import os
import select
from pathlib import Path

import psycopg
import pytest

from core.services import postgresql as module
from core.services.postgresql import MAX_CONNECTIONS, USER, PostgreSQL
from core.services.programs import ServiceFailed


def test_the_lab_can_use_its_url(postgresql: PostgreSQL) -> None:
    with psycopg.connect(postgresql.url) as connection:
        row = connection.execute("SELECT current_database(), current_user, current_setting('max_connections')")
        assert row.fetchone() == ("wsauth", USER, str(MAX_CONNECTIONS))


def test_it_is_reached_over_loopback_only(postgresql: PostgreSQL) -> None:
    said = postgresql.execute("SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories')")
    assert said == [("127.0.0.1", "")]


def test_it_does_not_run_as_root(postgresql: PostgreSQL) -> None:
    assert Path(f"/proc/{postgresql.pid}").stat().st_uid != 0


def test_a_database_of_ones_own_and_a_copy_of_it(postgresql: PostgreSQL) -> None:
    first = postgresql.new_database()
    with psycopg.connect(postgresql.url_of(first)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    second = postgresql.new_database(like=first)
    with psycopg.connect(postgresql.url_of(second)) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
        postgresql.drop_database(second)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    postgresql.drop_database(first)


def test_what_was_committed_survives_a_crash(postgresql: PostgreSQL) -> None:
    name = postgresql.new_database()
    with psycopg.connect(postgresql.url_of(name)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with psycopg.connect(postgresql.url_of(name)) as lasting:
        postgresql.kill()
        with pytest.raises(psycopg.OperationalError):
            lasting.execute("SELECT 1")
    postgresql.start()
    with psycopg.connect(postgresql.url_of(name)) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    postgresql.drop_database(name)


def test_connections_are_frozen_too_when_it_is_stopped(postgresql: PostgreSQL) -> None:
    with psycopg.connect(postgresql.url, autocommit=True) as connection:
        connection.execute("SELECT 1")
        postgresql.stop()
        connection.pgconn.send_query(b"SELECT 2")
        connection.pgconn.flush()
        descriptor = [connection.pgconn.socket]
        assert select.select(descriptor, [], [], 0.2)[0] == []
        postgresql.resume()
        assert select.select(descriptor, [], [], 10)[0] == descriptor
        while (answer := connection.pgconn.get_result()) is not None:
            assert answer.get_value(0, 0) == b"2"


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "USER", "-")
    with pytest.raises(ServiceFailed, match=r"initdb ended with 1; it said:\n"):
        PostgreSQL(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root steps back")
def test_everybody_else_runs_it_as_himself(postgresql: PostgreSQL) -> None:
    assert postgresql._options() == {}
