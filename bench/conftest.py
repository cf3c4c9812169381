"""What the benchmarks share: one event loop each, users with credentials, and the summary at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from bench import facts
from bench.breakdown import summary
from bench.people import make_users
from bench.rounds import Row, side_by_side
from strategies.backend import Backend

PEOPLE, FEW = 64, 3
"""Users that come at once, and how many will do where the benchmarks are only tried, not measured."""
ROWS = pytest.StashKey[list[Row]]()
Tokens = Callable[[Backend | None], list[str]]
Renew = Callable[[Backend | None, list[str]], Callable[[], None]]


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def users(transactional_db: None, runner: asyncio.Runner, benchmark: Any) -> Sequence[Any]:
    return runner.run(make_users(PEOPLE if benchmark.enabled else FEW))


@pytest.fixture
def tokens(users: Sequence[Any], runner: asyncio.Runner) -> Tokens:
    """A credential of each user; empty ones for a contender that takes none."""

    async def issue(backend: Backend) -> list[str]:
        return [await backend.issue(user) for user in users]

    return lambda backend: runner.run(issue(backend)) if backend else [""] * len(users)


@pytest.fixture
def renew(tokens: Tokens) -> Renew:
    """What puts fresh credentials in the place of others, where they are good once: for each round."""

    def renewal(backend: Backend | None, held: list[str]) -> Callable[[], None]:
        def again() -> None:
            if backend and backend.traits.one_time:
                held[:] = tokens(backend)[: len(held)]

        return again

    return renewal


@pytest.fixture
def measure(benchmark: Any, request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """`side_by_side` for this test, whose row is then in the summary too."""

    def measured(group: str, subject: Callable[[], Any], control: Callable[[], Any], /, **told: Any) -> Any:
        benchmark.group = group
        return side_by_side(benchmark, subject, control, **told)

    yield measured
    if benchmark.stats:
        benchmark.extra_info["versions"] = facts.versions("channels")
        row = Row.read(benchmark.stats.as_dict())
        request.config.stash.setdefault(ROWS, []).append(row)


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    """No host's name goes into a file that is kept or sent."""
    machine_info.pop("node", None)


@pytest.hookimpl(trylast=True)  # below the table
def pytest_terminal_summary(terminalreporter: Any) -> None:
    rows = terminalreporter.config.stash.get(ROWS, [])
    for line in summary(rows):
        terminalreporter.line(line)
