"""One storm, from an empty database to its figures. `Rig` is a running server with generators around it.

What is measured on it is a function of a rig: `closed_loop` here, others in modules of their own.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import chain
from typing import Any

from bench import people
from bench.facts import machine, versions
from bench.lineup import AGAIN, CONTROL, Entry
from bench.populated import populated
from bench.progress import Progress
from bench.serving import EnvironmentFailed, Served, serving

from .clocks import cpu_clock, settle
from .counts import Counts
from .figures import Against, Block, Neighbours, Row, rows
from .generator import USUAL, Generator, Generators, Manner, Report, Server
from .host import state
from .lineup import PEOPLE, REFERENCES, credentials, is_one_time, one_time, roles, twins
from .memory import Memory
from .queueing import Capacity, Open
from .reconnect import Reconnect
from .refusals import Recovery, Refusal
from .schedule import neighbours
from .supply import Credential, Issue

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
    """Closed loop: no round begins later. Open loop: the length of each contender's turn. Reconnect: its end."""
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
    slo: Sequence[Capacity] = ()
    memory: Sequence[Memory] = ()
    reconnects: Sequence[Reconnect] = ()
    refusals: Sequence[Refusal] = ()
    recovery: Sequence[Recovery] = ()
    counts: Sequence[Counts] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def failures(self) -> Iterator[tuple[str, str, int]]:
        """Contender, what came instead of the right answer, and how often."""
        measured: Iterable[Any] = chain(
            self.rows, self.opened, self.memory, self.reconnects, self.refusals, self.recovery, self.counts
        )
        for row in measured:
            yield from ((row.key, why, times) for why, times in row.failures.items())

    @property
    def passed(self) -> bool:
        """Whether every answer was the right one."""
        return not any(self.failures)


def closed_loop(running: Rig) -> Results:
    return running.closed_loop()


def storm(plan: Plan, progress: Progress, measure: Callable[[Rig], Results] = closed_loop) -> Results:
    """Raises `EnvironmentFailed`; a wrong answer is a result."""
    with rig(plan, progress) as running:
        before = state()
        results = measure(running)
        load = {**before.until(state()), "generator_cpu_share": round(running.generators.share, 3)}
        return replace(results, facts={**versions(plan.server), **machine(), **load})


@contextmanager
def rig(plan: Plan, progress: Progress) -> Iterator[Rig]:
    """Everything running, and ended again. The generators come first: they are forked."""
    with ExitStack() as stack:
        those = roles(plan.entries)
        generators = Generators([stack.enter_context(Generator(those)) for _ in range(plan.generators)])
        runner = stack.enter_context(asyncio.Runner())
        environment, users = stack.enter_context(populated(runner, progress, plan.people))
        lasting = [one.backend for one in plan.entries if one.backend and not is_one_time(one)]
        purse = people.Purse(users, lasting)
        with progress.phase(f"Starting {plan.server}"):
            served = stack.enter_context(serving(plan.server, environment, APPLICATION))
        try:
            yield Rig(plan, progress, runner, served, generators, users, purse, environment)
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
    purse: people.Purse = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)
    """The server's, beyond this process's own."""
    manner: Manner = USUAL
    """How connections go about it, unless they are told otherwise."""

    @cached_property
    def _entries(self) -> Mapping[str, Entry]:
        return {one.key: one for one in self.plan.entries}

    @cached_property
    def _clock(self) -> Callable[[], float]:
        return cpu_clock(self.served.pid)

    def closed_loop(self) -> Results:
        """Every contender beside the control, round by round; the first round is warm-up."""
        plan, draw = self.plan, random.Random(self.plan.seed)  # not for secrets: the seed is printed
        keys = [one.key for one in self.plan.entries if one.key != CONTROL]
        found: dict[str, list[Neighbours]] = {key: [] for key in keys}
        warm_up: dict[str, list[Neighbours]] = {key: [] for key in keys}
        title = f"{plan.concurrency} at once, {plan.blocks} blocks of {plan.block} handshakes each"
        with self.progress.phase(title, plan.blocks + 1) as done:
            end = None
            for number in range(-1, plan.blocks):
                self.keep_fresh()
                end = time.monotonic() + plan.seconds if number == 0 else end
                if end is not None and time.monotonic() > end:
                    break
                for pair in neighbours(keys, CONTROL, number, draw):
                    measured = {key: self.block(key) for key in pair}
                    key = pair[0] if pair[1] == CONTROL else pair[1]
                    (warm_up if number < 0 else found)[key].append((measured[key], measured[CONTROL]))
                done()
        return Results(rows=rows(found, Against(CONTROL, AGAIN, REFERENCES, twins(plan.entries)), plan.seed, warm_up))

    def block(self, key: str) -> Block:
        """One block, its connections still there when the server's clock is read, and then gone."""
        return self._block(key, self.plan.block, self.plan.concurrency)

    def everybody_at_once(self, key: str, count: int) -> Block:
        """So many handshakes that nobody holds back: a reconnect storm."""
        self.keep_fresh()
        return self._block(key, count, count)

    def _block(self, key: str, count: int, concurrency: int) -> Block:
        self.provide(key, count)
        report, cpu = self.measured(partial(self.generators.block, key, count, concurrency))
        tally = report.tally
        return Block(count, tally.elapsed or 0.0, cpu, report.cpu, tally.seconds, tally.failures)

    def connect(self, key: str, count: int, concurrency: int) -> Report:
        """So many handshakes, so many at a time, that nobody measures. Their connections stay."""
        self.provide(key, count)
        return self.generators.block(key, count, concurrency)

    def provide(self, key: str, count: int) -> None:
        """Credentials that are good once are made right before they are used: they would not last until later.

        Rule: never within `measured`. Their making is no part of what a handshake costs.
        """
        if fresh := one_time(self._entries[key], self.users, self.runner, count):
            self.fill(fresh)

    def issuer(self, key: str) -> Issue | None:
        """Makes credentials for who comes again, where they are good once.

        By this process, meanwhile: they take the machine's time, and none of what the server's clock tells.
        """
        entry = self._entries[key]
        return (lambda count: one_time(entry, self.users, self.runner, count)[key]) if is_one_time(entry) else None

    def measured(self, run: Callable[[], Report]) -> tuple[Report, float]:
        """What came of it, and the seconds of processor time that it took the server."""
        before = self.settle()
        report = run()
        cpu = self.settle() - before
        self.generators.disperse()
        return report, cpu

    def settle(self) -> float:
        """Waits until the server has nothing left to do; its processor time."""
        return settle(self._clock)

    def keep_fresh(self) -> None:
        """No credential may expire while it waits for its turn."""
        if self.purse.is_stale:
            self._fill_anew()

    def _fill_anew(self) -> None:
        self.fill(credentials(self.plan.entries, self.purse, self.runner, self.plan.people))

    def fill(self, those: Mapping[str, Sequence[Credential]], manner: Manner | None = None) -> None:
        """Gives the generators other credentials than they have."""
        server = Server(self.served.host, self.served.port, self.plan.origin)
        self.generators.fill(server, those, manner or self.manner)

    @contextmanager
    def another(
        self, entries: Sequence[Entry], application: str = APPLICATION, manner: Manner = USUAL, **settings: str
    ) -> Iterator[Rig]:
        """A fresh server for some of the contenders, beside this one; `settings` go into its environment."""
        with serving(self.served.server, {**self.environment, **settings}, application) as served:
            plan = replace(self.plan, entries=tuple(entries))
            running = replace(self, plan=plan, served=served, manner=manner)
            running._fill_anew()
            yield running
