"""One storm, from an empty database to its figures. `Rig` is a running server with generators around it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from bench import people
from bench.databases import close_connections, temporary_database
from bench.facts import machine, versions
from bench.layers import require_layer
from bench.lineup import AGAIN, CONTROL, Entry
from bench.progress import Progress
from bench.serving import EnvironmentFailed, Served, serving

from .clocks import cpu_clock, settle
from .figures import Block, Neighbours, Row, rows
from .generator import Generator, Generators, Report, Server
from .host import state
from .lineup import PEOPLE, REFERENCES, credentials, is_one_time, one_time, roles
from .queueing import Open, opened
from .schedule import arrivals, neighbours

APPLICATION = "bench.storm.application"


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of a storm."""

    entries: tuple[Entry, ...] = field(repr=False)
    origin: str
    server: str
    seed: int
    concurrency: int = 64
    blocks: int = 20
    """Rounds, in each of which every contender has one block beside one of the control."""
    seconds: float = 30.0
    """Closed loop: no round begins later. Open loop: the length of each contender's turn."""
    rate: float | None = None
    """Arrivals a second of an open loop; None for a closed one."""
    generators: int = 1
    people: int = PEOPLE

    @property
    def block(self) -> int:
        """Handshakes in one: enough to fill the concurrency twice, or it would measure its own beginning."""
        return max(30, 2 * self.concurrency)


@dataclass(frozen=True, slots=True)
class Results:
    rows: Sequence[Row] = ()
    opened: Sequence[Open] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every answer was the right one."""
        return not (any(row.failures for row in self.rows) or any(row.failures for row in self.opened))


def storm(plan: Plan, progress: Progress) -> Results:
    """Raises `EnvironmentFailed`; a wrong answer is a result."""
    with rig(plan, progress) as running:
        before = state()
        results = running.open_loop(plan.rate) if plan.rate else running.closed_loop()
        facts = {**versions(plan.server), **machine(), **before.until(state())}
    return Results(results.rows, results.opened, facts)


@contextmanager
def rig(plan: Plan, progress: Progress) -> Iterator[Rig]:
    """Everything running, and ended again. The generators come first: they are forked."""
    with ExitStack() as stack:
        those = roles(plan.entries)
        generators = Generators([stack.enter_context(Generator(those)) for _ in range(plan.generators)])
        runner = stack.enter_context(asyncio.Runner())
        with progress.phase("Preparing a temporary database"):
            runner.run(require_layer())
            environment = stack.enter_context(temporary_database())
            stack.callback(close_connections, runner)
            users = runner.run(people.make_users(plan.people))
        with progress.phase(f"Starting {plan.server}"):
            served = stack.enter_context(serving(plan.server, environment, APPLICATION))
        try:
            yield Rig(plan, progress, runner, served, generators, users)
        except EOFError:
            raise EnvironmentFailed("a load generator has died") from None


@dataclass(frozen=True)
class Rig:
    plan: Plan
    progress: Progress
    runner: asyncio.Runner
    served: Served
    generators: Generators
    users: Sequence[Any] = field(repr=False)

    @cached_property
    def _purse(self) -> people.Purse:
        return people.Purse(
            self.users, [one.backend for one in self.plan.entries if one.backend and not is_one_time(one)]
        )

    @cached_property
    def _entries(self) -> Mapping[str, Entry]:
        return {one.key: one for one in self.plan.entries}

    @property
    def _server(self) -> Server:
        return Server(self.served.host, self.served.port, self.plan.origin)

    @cached_property
    def _clock(self) -> Callable[[], float]:
        return cpu_clock(self.served.pid)

    def closed_loop(self) -> Results:
        """Every contender beside the control, round by round; the first round is warm-up."""
        plan, draw = self.plan, random.Random(self.plan.seed)  # not for secrets: the seed is printed
        keys = [one.key for one in self.plan.entries if one.key != CONTROL]
        found: dict[str, list[Neighbours]] = {key: [] for key in keys}
        title = f"{plan.concurrency} at once, {plan.blocks} blocks of {plan.block} handshakes each"
        with self.progress.phase(title, plan.blocks + 1) as done:
            end = None
            for number in range(-1, plan.blocks):
                self._keep_fresh()
                end = time.monotonic() + plan.seconds if number == 0 else end
                if end is not None and time.monotonic() > end:
                    break
                for pair in neighbours(keys, CONTROL, number, draw):
                    measured = {key: self.block(key) for key in pair}
                    key = pair[0] if pair[1] == CONTROL else pair[1]
                    if number >= 0:
                        found[key].append((measured[key], measured[CONTROL]))
                done()
        return Results(rows=rows(found, AGAIN, REFERENCES, plan.seed))

    def open_loop(self, rate: float) -> Results:
        """Each contender for itself, in the given order."""
        plan, draw, found = self.plan, random.Random(self.plan.seed), []
        with self.progress.phase(f"{rate:g} arrivals a second", len(self.plan.entries)) as done:
            for one in self.plan.entries:
                self._keep_fresh()
                self.block(one.key)
                times = arrivals(rate, plan.seconds, draw)
                self._provide(one.key, len(times))
                report, cpu = self._measured(partial(self.generators.arrivals, one.key, times))
                found.append(opened(one.key, report, len(times), cpu))
                done()
        return Results(opened=found)

    def block(self, key: str) -> Block:
        """One block, its connections still there when the server's clock is read, and then gone."""
        return self._block(key, self.plan.block, self.plan.concurrency)

    def everybody_at_once(self, key: str, count: int) -> Block:
        """So many handshakes that nobody holds back: a reconnect storm."""
        self._keep_fresh()
        return self._block(key, count, count)

    def _block(self, key: str, count: int, concurrency: int) -> Block:
        self._provide(key, count)
        report, cpu = self._measured(partial(self.generators.block, key, count, concurrency))
        tally = report.tally
        return Block(count, tally.elapsed, cpu, report.cpu, tally.seconds, tally.failures)

    def _measured(self, run: Callable[[], Report]) -> tuple[Report, float]:
        """What came of it, and the seconds of processor time that it took the server."""
        before = settle(self._clock)
        report = run()
        cpu = settle(self._clock) - before
        self.generators.disperse()
        return report, cpu

    def _keep_fresh(self) -> None:
        if self._purse.is_stale:
            fresh = credentials(self.plan.entries, self._purse, self.runner, self.plan.people)
            self.generators.fill(self._server, fresh)

    def _provide(self, key: str, count: int) -> None:
        """Credentials that are good once are made right before they are used: they would not last until later."""
        if fresh := one_time(self._entries[key], self.users, self.runner, count):
            self.generators.fill(self._server, fresh)
