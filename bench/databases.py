"""A temporary database, made and dropped by Django's own test-database machinery.

SQLite gets a file in a temporary folder, others a `test_…` database of a name of its own beside the
configured one, which is not touched.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import Context
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from asgiref.sync import sync_to_async
from django.db import DEFAULT_DB_ALIAS, connections
from django.db import Error as DatabaseError
from django.test.utils import setup_databases, teardown_databases

from strategies.threads import own_thread

from .serving import EnvironmentFailed

CONNECT_SECONDS = 5


@contextmanager
def temporary_database() -> Iterator[dict[str, str]]:
    """Migrated and empty, for this process; yields what another one must have in its environment.

    Raises `EnvironmentFailed` when it can't be had.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    with tempfile.TemporaryDirectory(prefix="wsauth-") as folder:
        name = _name(connection.vendor, connection.settings_dict["NAME"], Path(folder))
        before = dict(connection.settings_dict)
        connection.settings_dict.update(
            _for_one_process(connection.vendor, before), TEST={**before["TEST"], "NAME": name}
        )
        try:
            made = _set_up()
            try:
                yield {"DATABASE_URL": url(name, os.environ)}
            finally:
                teardown_databases(made, verbosity=0)
        finally:
            connection.settings_dict.update(before)


def close_connections(runner: asyncio.Runner) -> None:
    """Those of the threads on which asynchronous code asks, whatever an interruption has left half done.

    In a context of its own: one that was interrupted says for ever that its thread is taken.
    """
    runner.run(_close_connections(), context=Context())


async def _close_connections() -> None:
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    for thread in (nullcontext, own_thread):
        with thread():
            await sync_to_async(connections.close_all)()


def _for_one_process(vendor: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """One lasting connection a thread and no pool: a pool hides for seconds that nobody is there, and why."""
    options = {name: value for name, value in settings["OPTIONS"].items() if name != "pool"}
    if vendor == "postgresql":
        options.setdefault("connect_timeout", CONNECT_SECONDS)
    return {"OPTIONS": options, "CONN_MAX_AGE": None}


def _name(vendor: str, configured: object, folder: Path) -> str:
    """A name that no other comparison has."""
    if vendor == "sqlite":
        return str(folder / "comparison.sqlite3")
    return f"test_{configured}_{secrets.token_hex(4)}"


def _set_up() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # Django's, on its way to the error below
            return setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
    except (DatabaseError, OSError) as error:
        raise EnvironmentFailed(f"no temporary database: {str(error).strip()}") from None
    except SystemExit:  # Django has said why, on standard error
        raise EnvironmentFailed("no temporary database could be made") from None


def url(name: str, environment: Mapping[str, str]) -> str:
    """DATABASE_URL with another database's name; a file's when there is none. Options and password stay."""
    parts = urlsplit(environment.get("DATABASE_URL", "").strip() or "sqlite:///")
    server = "" if parts.scheme == "sqlite" else parts.netloc  # `sqlite://:memory:` has its name there
    options = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{server}/{quote(name)}{options}"
