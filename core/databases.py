"""What the lab asks of a database, beyond where it is."""

from pathlib import Path
from typing import Any

_SQLITE = "django.db.backends.sqlite3"
_POSTGRESQL = "django.db.backends.postgresql"

_SQLITE_OPTIONS: dict[str, Any] = {
    # Writers queue at BEGIN; a lock upgraded later fails at once instead of waiting its turn.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # Readers never wait for the writer.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
_POSTGRESQL_OPTIONS: dict[str, Any] = {
    # Without a pool each lookup pays for a new connection: a quarter of the handshakes per second.
    # An attempt to reconnect that is given up early is begun anew by whoever asks next. Otherwise each pauses twice as
    # long as the one before, and the pool comes back as late as the database was away for.
    "pool": {"min_size": 2, "max_size": 10, "timeout": 5, "reconnect_timeout": 2},
}


def sqlite(path: Path) -> dict[str, Any]:
    return with_options({"ENGINE": _SQLITE, "NAME": str(path)})


def with_options(database: dict[str, Any]) -> dict[str, Any]:
    """`database` with the lab's options; those of its URL win."""
    ours = {_SQLITE: _SQLITE_OPTIONS, _POSTGRESQL: _POSTGRESQL_OPTIONS}.get(database["ENGINE"], {})
    return {**database, "OPTIONS": {**ours, **database.get("OPTIONS", {})}}
