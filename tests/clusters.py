"""The lab on real PostgreSQL and Redis, for tests: its database in this process, and its cluster behind nginx.

Rule: what is given per module is a module's own; nobody else's rows are in its database.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import DEFAULT_DB_ALIAS, connections
from environ import Env

from core import launch
from core.cluster import APPLICATION, Cluster, manage, running
from core.services.ports import free_port
from core.services.postgresql import PostgreSQL
from core.services.redis import Redis
from strategies.threads import own_thread

PAGE = "http://app.example:8000"
"""The origin that `tests.settings` lets in: the same in this process and in a cluster's."""

StartCluster = Callable[..., Cluster]


@pytest.fixture(scope="session")
def migrated(postgresql: PostgreSQL) -> str:
    """The name of a database to copy: the lab's, empty."""
    name = postgresql.new_database()
    manage({**lab_environment(), "DATABASE_URL": postgresql.url_of(name)}, "migrate", "--no-input")
    return name


@pytest.fixture(scope="module")
def lab_database(postgresql: PostgreSQL, migrated: str) -> Iterator[str]:
    """The URL of an empty, migrated PostgreSQL database."""
    name = postgresql.new_database(like=migrated)
    yield postgresql.url_of(name)
    postgresql.drop_database(name)


@pytest.fixture(scope="module")
def on_postgresql(lab_database: str, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """This process uses `lab_database`, in every thread. What a test writes there is really written."""
    with django_db_blocker.unblock(), default_database(lab_database):
        yield lab_database


@pytest.fixture(scope="module")
def start_cluster(lab_database: str, redis: Redis) -> Iterator[StartCluster]:
    """Starts a cluster over `lab_database`, by `application` and `processes`: each once, when first asked for."""
    started: dict[tuple[str, int], Cluster] = {}
    with ExitStack() as stack:

        def start(application: str = APPLICATION, processes: int = 2) -> Cluster:
            if (application, processes) not in started:
                port = free_port()
                environment = {
                    **lab_environment(),
                    "WSAUTH_ORIGINS": f"{PAGE},{launch.environment(port)['WSAUTH_ORIGINS']}",
                    "DATABASE_URL": lab_database,
                    "REDIS_URL": redis.url,
                }
                cluster = running(environment, port=port, processes=processes, application=application)
                started[application, processes] = stack.enter_context(cluster)
            return started[application, processes]

        yield start


@pytest.fixture(scope="module")
def cluster(start_cluster: StartCluster) -> Cluster:
    """The lab by two processes behind nginx: their addresses, and what others need in their environment."""
    return start_cluster()


@contextmanager
def default_database(url: str) -> Iterator[None]:
    before = connections.settings[DEFAULT_DB_ALIAS]
    # No pool: it would hold connections to a database that is to be dropped.
    ours = connections.configure_settings({DEFAULT_DB_ALIAS: Env.db_url_config(url)})[DEFAULT_DB_ALIAS]
    try:
        _use(ours)
        yield
    finally:
        _use(before)


def _use(settings: Any) -> None:
    """From now on, also in the threads in which Channels and the package run queries; other threads don't last."""
    connections.settings[DEFAULT_DB_ALIAS] = settings
    _forget()
    asyncio.run(_forget_elsewhere())


async def _forget_elsewhere() -> None:
    await sync_to_async(_forget)()
    with own_thread():
        await sync_to_async(_forget)()


def _forget() -> None:
    connections[DEFAULT_DB_ALIAS].close()
    del connections[DEFAULT_DB_ALIAS]


def lab_environment() -> dict[str, str]:
    """What the lab's processes have in common with this one: the strangers, and the page."""
    path = launch.environment(0)["PYTHONPATH"]
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": path}
