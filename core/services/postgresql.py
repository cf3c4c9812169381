"""A PostgreSQL of our own, over TCP only."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import psycopg

from .ports import HOST
from .programs import run, unprivileged
from .service import Service, address

USER = "wsauth"
MAX_CONNECTIONS = 100

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": str(MAX_CONNECTIONS),
    # Only a power cut could lose what was committed: commits still reach the kernel, and so survive a kill.
    "fsync": "off",
    "full_page_writes": "off",
}


class PostgreSQL(Service):
    """One cluster in PostgreSQL's sense. Everybody on loopback is trusted; `wsauth` is its superuser."""

    name: ClassVar[str] = "postgresql"
    needs: ClassVar[tuple[str, ...]] = ("initdb", "postgres")
    package: ClassVar[str] = "postgresql"
    where: ClassVar[str] = "/usr/lib/postgresql/*/bin"
    ends_by: ClassVar[signal.Signals] = signal.SIGINT  # SIGTERM would wait for its clients to leave

    def __init__(self, folder: Path, database: str = "wsauth") -> None:
        super().__init__(folder, {"LC_ALL": "C"})
        self._user = unprivileged()
        self._database = database
        self._data = self.folder / "data"
        self._initialise()

    @property
    def url(self) -> str:
        return self.url_of(self._database)

    def url_of(self, database: str) -> str:
        return f"postgres://{USER}@{address(self.port)}/{database}"

    def new_database(self, like: str = "template1") -> str:
        """An empty database, or a copy of one to which nobody is connected: its name."""
        name = f"wsauth_{secrets.token_hex(4)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        return name

    def drop_database(self, name: str) -> None:
        """Whoever is still connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Runs one statement over a connection of its own to the maintenance database; the rows, if it has any."""
        with psycopg.connect(self.url_of("postgres"), autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def _initialise(self) -> None:
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        command = [
            *(self._programs["initdb"], "--pgdata", str(self._data), "--username", USER, "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C", "--no-sync"),
        ]
        run("initdb", command, cwd=self.folder, env=self._environment, **self._options())

    def start(self) -> None:
        super().start()
        if not self.execute(f"SELECT 1 FROM pg_database WHERE datname = '{self._database}'"):  # noqa: S608 (ours)
            self.execute(f'CREATE DATABASE "{self._database}"')

    def _command(self) -> Sequence[str]:
        settings = {**_SETTINGS, "port": str(self.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self._programs["postgres"], "-D", str(self._data), *options]

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def _options(self) -> dict[str, Any]:
        """It refuses to run as root."""
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
