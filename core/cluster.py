"""The lab past one machine, on one: server processes behind nginx, with PostgreSQL and Redis.

What `DATABASE_URL` and `REDIS_URL` name is used; what they leave open is started, empty, and gone afterwards.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from .services.daphne import Daphne
from .services.nginx import Nginx
from .services.postgresql import PostgreSQL
from .services.programs import run
from .services.redis import Redis
from .services.service import Service, private_folder
from .site import site

APPLICATION = "core.asgi:application"
PROCESSES = 2
STORES: dict[str, type[PostgreSQL | Redis]] = {"DATABASE_URL": PostgreSQL, "REDIS_URL": Redis}


@dataclass(frozen=True)
class Cluster:
    """A running one."""

    nginx: Nginx
    processes: tuple[Daphne, ...]
    stores: tuple[Service, ...]
    """The database and the Redis that are its own."""
    environment: Mapping[str, str]
    """Of its server processes: `DATABASE_URL`, `REDIS_URL` and the rest."""
    folder: Path
    """Each service's log is in a folder below it."""

    @property
    def url(self) -> str:
        """The public address."""
        return self.nginx.url

    @property
    def services(self) -> tuple[Service, ...]:
        return (self.nginx, *self.processes, *self.stores)


@contextmanager
def running(
    environment: Mapping[str, str], *, port: int, processes: int = PROCESSES, application: str = APPLICATION
) -> Iterator[Cluster]:
    """Migrated, with static files, reachable at `port`. `environment` is that of the server processes, all of it.

    Raises `ProgramMissing` or `ServiceFailed`. Ends everything in the order in which nobody misses anybody.
    """
    with private_folder() as folder, ExitStack() as stack:
        wanted = {name: kind for name, kind in STORES.items() if not environment.get(name)}
        for kind in (*wanted.values(), Nginx):
            kind.programs()  # what is missing is said before anything is started
        stores = {name: stack.enter_context(kind(folder)) for name, kind in wanted.items()}
        static = folder / "static"
        named = {**environment, **{name: store.url for name, store in stores.items()}, "STATIC_ROOT": str(static)}
        manage(named, "migrate", "--no-input")
        manage(named, "collectstatic", "--no-input")
        servers = tuple(Daphne(folder, application, named, proxied=True) for _ in range(processes))
        front = Nginx(folder, lambda own: site(own, [one.port for one in servers], static, folder), port)
        for service in (*servers, front):
            stack.enter_context(service)
        yield Cluster(front, servers, tuple(stores.values()), named, folder)


def manage(environment: Mapping[str, str], *command: str) -> str:
    """Runs a management command as a process of its own, since its settings differ; what it printed."""
    arguments = [sys.executable, str(settings.BASE_DIR / "manage.py"), *command]
    return run(f"manage.py {command[0]}", arguments, env=dict(environment))


def ended(services: Sequence[Service]) -> str:
    """Which of them doesn't run any more, and its last words."""
    return "\n".join(service.obituary for service in services if not service.runs)
