"""Real services for tests, started by the tests themselves and ended with them; no system's service is touched.

Each fixture gives a `Service` of `core.services`: its `url` and `pid`, and `stop()`, `resume()`, `kill()`,
`start()`. Rule: a test that harms a service has it whole again when it ends, or takes one of its own
(`service_folder`). Where a program is missing the test is skipped, or fails with WSAUTH_REQUIRE_SERVICES=1.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.services.nginx import Nginx
from core.services.postgresql import PostgreSQL
from core.services.programs import ProgramMissing
from core.services.redis import Redis
from core.services.service import Service, private_folder

REQUIRED = "WSAUTH_REQUIRE_SERVICES"


def available(kind: Callable[..., Service], *arguments: object) -> Service:
    """The service, not started yet; without its program the test is skipped, or fails where it is required."""
    try:
        return kind(*arguments)
    except ProgramMissing as missing:
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def service_folder() -> Iterator[Path]:
    with private_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def postgresql(service_folder: Path) -> Iterator[PostgreSQL]:
    with available(PostgreSQL, service_folder) as service:
        assert isinstance(service, PostgreSQL)
        yield service


@pytest.fixture(scope="session")
def redis(service_folder: Path) -> Iterator[Redis]:
    with available(Redis, service_folder) as service:
        assert isinstance(service, Redis)
        yield service


def nothing_here(port: int) -> str:
    return f"server {{ listen 127.0.0.1:{port}; return 404; }}"


@pytest.fixture(scope="session")
def nginx(service_folder: Path) -> Iterator[Nginx]:
    """Serves nothing: every request gets a 404."""
    with available(Nginx, service_folder, nothing_here) as service:
        assert isinstance(service, Nginx)
        yield service
