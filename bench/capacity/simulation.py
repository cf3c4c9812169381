"""A reconnect storm, event by event: clients, the kernel's backlog, event loops of one core, batched lookups.

Rule: everything random comes from the scenario's seed, in the order of the simulated time. The same scenario
has the same outcome.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import simpy

from .scenario import Outcome, Scenario

RETRANSMISSIONS = 6
"""Of a SYN: after 1 s, and after twice as long each time [RFC 6298 §2; Linux, tcp_syn_retries]."""


def simulate(scenario: Scenario) -> Outcome:
    return _World(scenario).run()


@dataclass(slots=True, eq=False)
class _Attempt:
    """One connection of a client."""

    answered: Callable[[bool], None]
    """To be called with whether there is an identity."""
    cpu: float
    accepted_at: float = 0.0
    is_gone: bool = field(default=False)
    """Whether nobody waits for it any more."""


class _World:
    """Everybody, and the clock."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.clock = simpy.Environment()
        self.draw = random.Random(scenario.seed)  # not for secrets: the same seed is the same storm
        self.outcome = Outcome(scenario.clients)
        self.over = self.clock.event()
        self.servers = [_Process(self) for _ in range(scenario.processes)]

    def run(self) -> Outcome:
        for _ in range(self.scenario.clients):
            client = _Client(self)
            self.later(self.draw.uniform(0, self.scenario.jitter), client.attempt)
        self.clock.run(until=self.over)
        return self.outcome

    def later(self, delay: float, do: Callable[[], None]) -> None:
        self.clock.timeout(delay).callbacks.append(lambda _: do())

    def handshake_cpu(self) -> float:
        """Of one handshake: gamma-distributed around the mean."""
        mean, variation = self.scenario.cpu, self.scenario.variation
        return self.draw.gammavariate(variation**-2, mean * variation**2) if variation else mean


class _Client:
    """Comes back, again and again, until it is in or gives up."""

    def __init__(self, world: _World) -> None:
        self._world = world
        self._attempts = 0
        self._began: float | None = None

    def attempt(self) -> None:
        world = self._world
        self._began = world.clock.now if self._began is None else self._began
        self._attempts += 1
        attempt = _Attempt(self._answered, world.handshake_cpu())
        self._knock(world.draw.choice(world.servers), attempt, 0)
        world.later(world.scenario.patience, partial(self._lose_patience, attempt))

    def _knock(self, server: _Process, attempt: _Attempt, times: int) -> None:
        """A SYN, and its retransmissions; whose SYN is never heard loses its patience in the end."""
        if attempt.is_gone or server.take(attempt):
            return
        self._world.outcome.dropped += 1
        if times < RETRANSMISSIONS:
            self._world.later(2.0**times, partial(self._knock, server, attempt, times + 1))

    def _answered(self, identified: bool) -> None:
        world = self._world
        if not identified:
            world.outcome.refused += 1
            self._again()
            return
        assert self._began is not None
        world.outcome.seconds.append(world.clock.now - self._began)
        world.outcome.recovery = world.clock.now
        self._count()

    def _lose_patience(self, attempt: _Attempt) -> None:
        if not attempt.is_gone:
            attempt.is_gone = True
            self._world.outcome.abandoned += 1
            self._again()

    def _again(self) -> None:
        scenario = self._world.scenario
        if self._attempts == scenario.attempts:
            self._world.outcome.failed += 1
            self._count()
            return
        pause = min(scenario.longest_backoff, scenario.backoff * 2.0 ** (self._attempts - 1))
        self._world.later(self._world.draw.uniform(0, pause) if scenario.jitter else pause, self.attempt)

    def _count(self) -> None:
        if self._world.outcome.is_over:
            self._world.over.succeed()


class _Process:
    """A server process: an event loop on a core of its own, and one thread for the database.

    Each turn of the loop accepts everybody who waits, and then does what was ready when it began.
    """

    def __init__(self, world: _World) -> None:
        self._world = world
        self._backlog: deque[_Attempt] = deque()
        self._ready: deque[_Attempt] = deque()
        """Verified, and to be finished."""
        self._asking: deque[_Attempt] = deque()
        self._is_asking = False
        self._wake: simpy.Event | None = None
        world.clock.process(self._loop())

    def take(self, attempt: _Attempt) -> bool:
        """What the kernel does with a SYN."""
        if len(self._backlog) >= self._world.scenario.backlog:
            return False
        self._backlog.append(attempt)
        self._notify()
        return True

    def _notify(self) -> None:
        if self._wake is not None:
            self._wake.succeed()
            self._wake = None

    def _loop(self) -> Generator[simpy.Event, Any, None]:
        clock, scenario = self._world.clock, self._world.scenario
        while True:
            if not (self._backlog or self._ready):
                self._wake = clock.event()
                yield self._wake
            accepted, self._backlog = self._backlog, deque()
            finishing, self._ready = self._ready, deque()
            for attempt in accepted:
                attempt.accepted_at = clock.now
            for attempt in finishing:
                if self._keeps(attempt):
                    yield clock.timeout(attempt.cpu * (1 - scenario.before))
                    self._answer(attempt, True)
            for attempt in accepted:  # who has left meanwhile has left a request behind, which is read
                yield clock.timeout(attempt.cpu * scenario.before)
                self._ask(attempt)

    def _keeps(self, attempt: _Attempt) -> bool:
        """Whether an attempt is still to be finished; refuses one that was kept for too long."""
        deadline = self._world.scenario.deadline
        if deadline is not None and self._world.clock.now - attempt.accepted_at > deadline:
            self._answer(attempt, False)
        return not attempt.is_gone

    def _answer(self, attempt: _Attempt, identified: bool) -> None:
        if not attempt.is_gone:
            attempt.is_gone = True
            attempt.answered(identified)

    def _ask(self, attempt: _Attempt) -> None:
        if not self._world.scenario.query:
            self._ready.append(attempt)
            return
        self._asking.append(attempt)
        if not self._is_asking:
            self._is_asking = True
            self._world.clock.process(self._database())

    def _database(self) -> Generator[simpy.Event, Any, None]:
        """Batch after batch, as `strategies.backends.batching` has it: who comes meanwhile is in the next one."""
        scenario = self._world.scenario
        while self._asking:
            batch = [self._asking.popleft() for _ in range(min(scenario.batch, len(self._asking)))]
            yield self._world.clock.timeout(scenario.query)
            self._ready.extend(batch)
            self._notify()
        self._is_asking = False
