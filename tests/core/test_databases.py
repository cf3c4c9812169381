from pathlib import Path

from core import databases


def test_sqlite_queues_its_writers_and_lets_readers_pass(tmp_path: Path) -> None:
    database = databases.sqlite(tmp_path / "a b#c?d.sqlite3")
    assert database["NAME"] == str(tmp_path / "a b#c?d.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


def test_postgresql_gets_a_pool() -> None:
    assert databases.with_options({"ENGINE": "django.db.backends.postgresql"})["OPTIONS"]["pool"]["max_size"] > 1


def test_options_of_the_url_win() -> None:
    given = {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"pool": False, "sslmode": "require"}}
    assert databases.with_options(given)["OPTIONS"] == {"pool": False, "sslmode": "require"}


def test_other_databases_are_left_alone() -> None:
    assert databases.with_options({"ENGINE": "django.db.backends.mysql"})["OPTIONS"] == {}
