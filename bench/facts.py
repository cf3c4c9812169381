"""What a reader must know of where a comparison ran, and nothing that names a machine."""

from __future__ import annotations

import datetime
import os
import platform
import sqlite3
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from core import databases, environment

_DISTRIBUTIONS = (
    "django",
    "channels",
    "djangorestframework",
    "djangorestframework-simplejwt",
    "pyjwt",
    "asgiref",
    "websockets",
)


def versions(server: str) -> dict[str, str]:
    """Of everything that takes part. Asks a database server for its own."""
    return {
        "python": platform.python_version(),
        server: version(server),
        **{name: version(name) for name in _DISTRIBUTIONS},
        "database": _database(),
        "channel layer": str(settings.CHANNEL_LAYERS["default"]["BACKEND"]).rpartition(".")[2],
    }


def _database() -> str:
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        return f"sqlite {sqlite3.sqlite_version}"
    return f"{connection.vendor} {'.'.join(map(str, connection.get_database_version()))}, {_pool()}"


def _pool() -> str:
    """The server's, by its own settings: this process has none."""
    pool = databases.with_options(environment.database_url("DATABASE_URL") or {"ENGINE": ""})["OPTIONS"].get("pool")
    return f"pool of {pool['min_size']} to {pool['max_size']}" if isinstance(pool, dict) else "no pool"


def machine() -> dict[str, Any]:
    """Its kind."""
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "implementation": platform.python_implementation(),
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
    }


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
