"""What all tests share: the choice of pairs, a database that server processes can read, and those servers.

Rule: a test that talks to a server, or commits rows without pytest-django's mark, asks for `committed`:
what it writes is really written, and gone again at the end of its module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from hypothesis import settings

from strategies import registry
from tests.clusters import cluster, lab_database, migrated, on_postgresql, start_cluster  # noqa: F401  fixtures
from tests.services import nginx, postgresql, redis, service_folder  # noqa: F401  fixtures

# What a busy machine is late with is no failure. CI asks for the thorough one.
settings.register_profile("quick", deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=400)
settings.load_profile("quick")

_REAL_DATABASE = connection.settings_dict["NAME"]

VERDICT = "verdict"
"""The property under which a test reports what came of an attempt: an outcome, or an outcome and its reason."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("wsauth")
    for option in ("strategy", "backend"):
        text = f"run the conformance matrix for this {option} only; may be given more than once"
        group.addoption(f"--{option}", action="append", default=[], metavar="NAME", help=text)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuses names that no pair has: a matrix without cells would pass."""
    pairs = registry.pairs()
    known = {"strategy": [pair.strategy_name for pair in pairs], "backend": [pair.backend_name for pair in pairs]}
    for option, names in known.items():
        for name in session.config.getoption(option):
            if name not in names:
                raise pytest.UsageError(f"--{option}: there is no {name!r}; known: {', '.join(dict.fromkeys(names))}")
    if not selected(session.config):
        raise pytest.UsageError(
            f"no pair is of both --strategy and --backend; served: {', '.join(pair.key for pair in pairs)}"
        )


def selected(config: pytest.Config) -> list[registry.Pair]:
    """The pairs that the command line asks for."""
    strategies, backends = config.getoption("strategy"), config.getoption("backend")
    return [
        pair
        for pair in registry.pairs()
        if (not strategies or pair.strategy_name in strategies) and (not backends or pair.backend_name in backends)
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The argument `each_pair` stands for all of them, `each_strategy` for the first of each strategy."""
    pairs = selected(metafunc.config)
    first = {pair.strategy_name: pair for pair in reversed(pairs)}
    for argument, ones in (("each_pair", pairs), ("each_strategy", list(first.values())[::-1])):
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, ones, ids=[f"{one.strategy_name}-{one.backend_name}" for one in ones])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Not applicable is said, never hidden among the passed."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    said = Counter(
        value
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == VERDICT
    )
    if not said:
        return
    outcomes: Counter[str] = Counter()
    for value, count in said.items():
        outcomes[value.partition(": ")[0]] += count
    terminalreporter.section("conformance")
    terminalreporter.line(", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.most_common()))
    for value, count in said.most_common():
        if ": " in value:
            terminalreporter.line(f"{count:8,} {value}")


@pytest.fixture(scope="session")
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The test database's name. pytest-django makes one only where a collected test bears its mark."""
    with ExitStack() as stack:
        if connection.settings_dict["NAME"] == _REAL_DATABASE:
            with django_db_blocker.unblock():
                made = setup_databases(verbosity=0, interactive=False, aliases={"default"})
            stack.enter_context(django_db_blocker.unblock())
            stack.callback(teardown_databases, made, verbosity=0)
        assert connection.settings_dict["NAME"] != _REAL_DATABASE
        yield str(connection.settings_dict["NAME"])


@pytest.fixture(scope="module")
def committed(database: str, django_db_blocker: Any) -> Iterator[None]:
    """The database without a transaction around each test: other threads and processes see every row."""
    with django_db_blocker.unblock():
        yield
        # Numbers go on: a server that reads the journal by them outlives this module.
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)


@pytest.fixture(scope="session")
def serve(database: str) -> Iterator[Callable[[str], Any]]:
    """Starts `bench.application` on a real server over the test database: each server once, when first asked for."""
    from bench.serving import Served, serving
    from tests.settings import TEST_DATABASE

    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", TEST_DATABASE: database}
    running: dict[str, Served] = {}
    with ExitStack() as stack:

        def start(server: str) -> Served:
            if server not in running:
                running[server] = stack.enter_context(serving(server, environment))
            return running[server]

        yield start
