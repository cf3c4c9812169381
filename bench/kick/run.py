"""One measurement: connections of one user on every process, a log-out, the ends."""

from __future__ import annotations

import asyncio
import http.client
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from time import perf_counter
from typing import Any

from bench.facts import machine, versions
from bench.people import make_users
from bench.progress import Progress
from bench.serving import EnvironmentFailed, Served
from bench.statistics import percentile
from bench.storm.connection import Attempt
from bench.storm.host import state
from bench.storm.upgrade import Target
from strategies.registry import Pair

from .rig import LAYERS, rig
from .visitor import End, Visitor, visitors

PATIENCE = 15.0
"""Seconds for the last connection to be ended."""


@dataclass(frozen=True, slots=True)
class Plan:
    pair: Pair
    origin: str
    server: str
    connections: int
    """Of all processes together."""
    processes: int
    layer: str
    rounds: int
    """Log-outs, each with connections of its own."""


@dataclass(frozen=True, slots=True)
class Results:
    rounds: Sequence[Sequence[float]]
    """Seconds from before a log-out is asked for to each close frame, by log-out."""
    wrong: Counter[str]
    """What became of the others → how often."""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> list[float]:
        """Of all log-outs."""
        return [one for some in self.rounds for one in some]

    @property
    def last(self) -> list[float]:
        """To the last one, by log-out."""
        return [max(some) for some in self.rounds if some]

    def at(self, q: float) -> float | None:
        return percentile(self.seconds, q)

    @property
    def passed(self) -> bool:
        return not self.wrong


def kick(plan: Plan, progress: Progress) -> Results:
    """Raises `EnvironmentFailed`."""
    before = state()
    with asyncio.Runner() as runner, rig(plan.server, plan.processes, plan.layer, runner) as (servers, deciding):
        found: list[tuple[float, list[End]]] = []
        title = f"{plan.connections} connections over {plan.processes} processes, {plan.rounds} log-outs"
        warm_up, *users = runner.run(make_users(plan.rounds + 1))
        runner.run(_round(plan, warm_up, servers, deciding))  # the first request to a process loads half of it
        with progress.phase(title, plan.rounds) as done:
            for user in users:
                found.append(runner.run(_round(plan, user, servers, deciding)))
                done()
        facts = _facts(plan, before.until(state()))
    return _results(found, facts)


def _facts(plan: Plan, load: Mapping[str, Any]) -> dict[str, Any]:
    """As a storm's; the layer is that of the server processes, which is not this one's."""
    layer = LAYERS[plan.layer].rpartition(".")[2]
    return {**versions(plan.server), "channel layer": layer, **machine(), **load}


def _results(found: Sequence[tuple[float, list[End]]], facts: dict[str, Any]) -> Results:
    right = [[end.at - began for end in ends if end.is_right] for began, ends in found]
    wrong = Counter(_fault(end) for _, ends in found for end in ends if not end.is_right)
    return Results(right, wrong, facts)


def _fault(end: End) -> str:
    if end.at == float("inf"):
        return "lived on"
    code = "without a close frame" if end.code is None else f"with {end.code}"
    return f"ended {code}" + ("" if end.told else ", and was not told why")


async def _round(plan: Plan, user: Any, servers: Sequence[Served], deciding: Served) -> tuple[float, list[End]]:
    """When the log-out was asked for, and how each connection ended."""
    token = await plan.pair.backend.issue(user)
    there = await visitors(list(_attempts(plan, user.get_username(), token, servers)))
    began = perf_counter()
    await asyncio.to_thread(log_out, deciding, token)
    await asyncio.wait([one.ended for one in there], timeout=PATIENCE)
    ends = [_end_of(one) for one in there]
    for one in there:
        one.abort("over")
    return began, ends


def _end_of(one: Visitor) -> End:
    return one.ended.result() if one.ended.done() else End(float("inf"), None, told=False)


def _attempts(plan: Plan, username: str, token: str, servers: Sequence[Served]) -> Iterator[Attempt]:
    proof = (username, plan.pair.strategy_name, plan.pair.backend_name)
    for one in islice(cycle(servers), plan.connections):
        target = Target(one.host, one.port, f"/{plan.pair.path}", plan.origin)
        yield Attempt(target, plan.pair.strategy.client, token, proof)


def log_out(deciding: Served, token: str) -> None:
    """By the lab's API. Raises `EnvironmentFailed` when that doesn't end the token."""
    connection = http.client.HTTPConnection(deciding.host, deciding.port, timeout=PATIENCE)
    try:
        headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        connection.request("POST", "/api/logout/", "{}", headers)
        status = connection.getresponse().status
    except OSError as error:
        raise EnvironmentFailed(f"the log-out failed: {type(error).__name__}") from None
    finally:
        connection.close()
    if status != 204:
        raise EnvironmentFailed(f"the log-out was answered with {status}")
