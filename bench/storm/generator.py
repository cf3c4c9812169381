"""The process that makes the load: forked, with an event loop of its own, driven over a pipe.

Rule: it is forked before its parent has any thread, and ends with it. What it may cost is measured
too, since a generator that is short of processor time would measure itself.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from types import TracebackType
from typing import Any, Self

import uvloop

from .connection import Attempt, Goal
from .loops import Crowd, Tally, closed, opened, returned, the_same
from .supply import Credential, Issue, Supply, Wanted
from .upgrade import Target


@dataclass(frozen=True)
class Role:
    """What a contender is to a generator."""

    path: str
    client: Callable[[str], Any] = field(repr=False)
    names: tuple[str | None, str | None] = (None, None)
    """Strategy and backend that its ready frame names."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where the load goes. Loopback only: this is no tool to turn on others."""

    host: str
    port: int
    origin: str | None = None

    def __post_init__(self) -> None:
        if not self.host.startswith("127."):
            raise ValueError(f"a storm stays on loopback, away from {self.host!r}")


SOURCES = tuple(f"127.0.{block}.{number}" for block in range(5) for number in range(2, 202))
"""Addresses of loopback to come from: one alone has 28,000 ports, and each is closed for a minute after its use."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How all connections go about it."""

    goal: Goal = Goal.IN
    deflate: bool = False
    """Whether compression is offered, and must be agreed on."""
    spread: bool = False
    """Whether they come from many addresses."""


USUAL = Manner()


@dataclass(frozen=True, slots=True)
class Fill:
    """Credentials of some contenders, taken in turn from now on."""

    server: Server
    credentials: Mapping[str, Sequence[Credential]] = field(repr=False)
    manner: Manner = USUAL


@dataclass(frozen=True, slots=True)
class Block:
    """A closed loop. Its connections stay until `Disperse`."""

    key: str
    count: int
    concurrency: int


@dataclass(frozen=True, slots=True)
class Arrivals:
    """An open loop: seconds after its start, ascending. Its connections leave when they are through."""

    key: str
    seconds: Sequence[float] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rest:
    """Connections that stay are idle for so many seconds: pings are answered, and who hangs up is noticed."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Return:
    """All connections that stay are cut off, and so many connect anew, each after its delay."""

    key: str
    delays: Sequence[float] = field(repr=False)
    seconds: float
    """For which they keep trying."""
    renew: bool = False
    """Whether each try needs a credential of its own, which is asked for then."""


@dataclass(frozen=True, slots=True)
class Disperse:
    """All connections leave."""


Order = Fill | Block | Arrivals | Rest | Return | Disperse


@dataclass(frozen=True, slots=True)
class Report:
    """What came of an order."""

    tally: Tally
    cpu: float
    """Seconds of processor time that the generator used for it."""
    took: float = 0.0
    """Seconds in all."""


class Generator:
    """The parent's end. A context manager, which ends the process."""

    def __init__(self, roles: Mapping[str, Role]) -> None:
        context = multiprocessing.get_context("fork")  # the client halves can't be pickled
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_run, args=(theirs, self._pipe, roles), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._pipe.close()
        self._process.join(timeout=5 if error is None else 0)  # an interrupted order is of no use to anybody
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def begin(self, order: Order) -> None:
        self._pipe.send(order)

    @property
    def pipe(self) -> Pipe:
        return self._pipe

    def hear(self, issue: Issue | None) -> Report | None:
        """What came of the order that was begun; None where it wanted credentials first, and has got them.

        Waits for either. Raises `EOFError` when the process has died.
        """
        said = self._pipe.recv()
        if isinstance(said, Wanted):
            assert issue is not None
            self._pipe.send(issue(said.count))
            return None
        assert isinstance(said, Report)
        return said


class Generators:
    """Several as one: an order is shared out among them."""

    def __init__(self, all_of_them: Sequence[Generator]) -> None:
        self._all = all_of_them
        self._cpu = self._took = 0.0

    @property
    def share(self) -> float:
        """Of a processor that each was busy with while it made load: near 1 it measures itself."""
        return self._cpu / self._took if self._took else 0.0

    def fill(self, server: Server, credentials: Mapping[str, Sequence[Credential]], manner: Manner = USUAL) -> None:
        """Each gets a part of the credentials of its own."""
        count = len(self._all)
        self._each(
            Fill(server, {key: ones[one::count] for key, ones in credentials.items()}, manner) for one in range(count)
        )

    def block(self, key: str, count: int, concurrency: int) -> Report:
        shares = zip(_shares(count, len(self._all)), _shares(concurrency, len(self._all)), strict=True)
        return self._loaded(Block(key, *share) for share in shares)

    def arrivals(self, key: str, seconds: Sequence[float]) -> Report:
        count = len(self._all)
        return self._loaded(Arrivals(key, seconds[one::count]) for one in range(count))

    def rest(self, seconds: float) -> None:
        self._each(Rest(seconds) for _ in self._all)

    def come_back(self, key: str, delays: Sequence[float], seconds: float, issue: Issue | None = None) -> Report:
        """`issue`: makes credentials for who tries again, where they are good once."""
        count, renew = len(self._all), issue is not None
        return self._loaded((Return(key, delays[one::count], seconds, renew) for one in range(count)), issue)

    def disperse(self) -> None:
        self._each(Disperse() for _ in self._all)

    def _loaded(self, orders: Iterable[Order], issue: Issue | None = None) -> Report:
        report = self._each(orders, issue)
        self._cpu += report.cpu
        self._took += report.took
        return report

    def _each(self, orders: Iterable[Order], issue: Issue | None = None) -> Report:
        busy: dict[Any, Generator] = {}
        for generator, order in zip(self._all, orders, strict=True):
            generator.begin(order)
            busy[generator.pipe] = generator
        reports = []
        while busy:
            for pipe in wait(list(busy)):
                report = busy[pipe].hear(issue)
                if report is not None:
                    reports.append(report)
                    del busy[pipe]
        return merged(reports)


def _shares(total: int, parts: int) -> list[int]:
    return [total // parts + (one < total % parts) for one in range(parts)]


def merged(reports: Sequence[Report]) -> Report:
    """One of several that ran side by side: all processes of a machine share the clock."""
    tallies = [report.tally for report in reports]
    tally = Tally(
        seconds=[one for tally in tallies for one in tally.seconds],
        ends=[one for tally in tallies for one in tally.ends],
        failures=[one for tally in tallies for one in tally.failures],
        first=min(tally.first for tally in tallies),
        last=max(tally.last for tally in tallies),
        sent=sum(tally.sent for tally in tallies),
        received=sum(tally.received for tally in tallies),
        trips=sum(tally.trips for tally in tallies),
    )
    return Report(tally, sum(report.cpu for report in reports), sum(report.took for report in reports))


# ── the child ────────────────────────────────────────────────────────────────────────────────────


def _run(pipe: Pipe, parents: Pipe, roles: Mapping[str, Role]) -> None:
    parents.close()  # held open here, it would never end
    gc.freeze()
    worker = _Worker(roles, pipe)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            while True:
                order = pipe.recv()
                started, cpu = time.perf_counter(), time.process_time()
                tally = runner.run(worker.obey(order))
                pipe.send(Report(tally, time.process_time() - cpu, time.perf_counter() - started))
        except (EOFError, BrokenPipeError, KeyboardInterrupt):
            return


class _Worker:
    """What a generator remembers between two orders."""

    def __init__(self, roles: Mapping[str, Role], pipe: Pipe) -> None:
        self._roles = roles
        self._pipe = pipe
        self._attempts: dict[str, Iterator[Attempt]] = {}
        self._staying: list[Crowd] = []

    async def obey(self, order: Order) -> Tally:
        match order:
            case Fill():
                self._attempts.update(self._prepared(order))
            case Block(key, count, concurrency):
                crowd = Crowd(stay=True)
                self._staying.append(crowd)
                return await closed(crowd, list(itertools.islice(self._attempts[key], count)), concurrency)
            case Arrivals(key, seconds):
                crowd = Crowd(stay=False)
                self._staying.append(crowd)
                return await opened(crowd, self._attempts[key], seconds)
            case Rest(seconds):
                await asyncio.sleep(seconds)
            case Return():
                return await self._come_back(order)
            case Disperse():
                while self._staying:
                    await self._staying.pop().disperse()
                gc.collect()
        return Tally()

    async def _come_back(self, order: Return) -> Tally:
        lost = sum(len(crowd.tally.seconds) - crowd.drop() for crowd in self._staying)
        self._staying = [crowd := Crowd(stay=True, patience=order.seconds)]
        attempts = list(itertools.islice(self._attempts[order.key], len(order.delays)))
        async with Supply(self._pipe) as supply:
            renewed = supply.renewed if order.renew else the_same
            tally = await returned(crowd, attempts, order.delays, order.seconds, renewed)
        tally.failures += ["lost while idle"] * lost
        return tally

    def _prepared(self, order: Fill) -> Iterator[tuple[str, Iterator[Attempt]]]:
        server, manner = order.server, order.manner
        sources = itertools.cycle(SOURCES if manner.spread else [None])
        for key, credentials in order.credentials.items():
            role = self._roles[key]
            target = Target(server.host, server.port, role.path, server.origin)
            attempts = [
                Attempt(target, role.client, token, (name, *role.names), manner.goal, manner.deflate, next(sources))
                for token, name in credentials
            ]
            yield key, itertools.cycle(attempts)
