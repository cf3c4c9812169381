"""One comparison, from an empty database to its results."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from strategies.backend import Backend
from strategies.conformance import CASES, Sample, Transcript
from strategies.conformance.sockets import LenientSockets

from . import latency, people, verdicts
from .exchanges import Exchanges
from .facts import machine, now, versions
from .given import NOTHING, Given
from .latency import AUTHENTICATED, Found, Turn
from .leaks import leaks
from .lineup import Entry, lineup
from .plan import AT_ONCE, USERS, Plan
from .populated import populated
from .progress import Progress
from .results import Results
from .serving import DENIES_WITH_STATUS, EnvironmentFailed, Served, serving
from .summary import authenticated_rows, case_rows, columns, goals, noise, refused_rows
from .watch import watched


def compare(plan: Plan, progress: Progress, command: str, given: Given = NOTHING) -> Results:
    """`given`: what was found before, to be reported along.

    Raises `EnvironmentFailed`; a contender that fails is a result, not an exception.
    """
    started = time.monotonic()
    origins = plan.pairs[0].policy.origins
    if not origins:
        raise EnvironmentFailed("WSAUTH_ORIGINS is empty: without origins many of the cases would say nothing")
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        environment, users = stack.enter_context(populated(runner, progress, USERS))
        with progress.phase(f"Starting {plan.server}"):
            served = stack.enter_context(serving(plan.server, environment))
        rig = Rig(plan, progress, runner, served, min(origins))
        transcripts: dict[verdicts.Attempted, Transcript] = {}
        cells = rig.judge(transcripts)
        exchanges = Exchanges(transcripts, untold=[entry.key for entry in rig.entries if not entry.explained])
        judged = columns(cells, rig.entries, exchanges)
        with watched(served.pid) as watch:
            authenticated = rig.authenticate(users)
        refused = rig.refuse()
        about, log = versions(plan.server), served.log.read_text(errors="replace")
    floor = noise(authenticated, plan)
    rows = authenticated_rows(authenticated, floor, plan)
    return Results(
        generated=now(),
        command=command,
        seconds=round(time.monotonic() - started, 1),
        parameters=plan.parameters(),
        versions=about,
        machine=machine(),
        cases=case_rows(),
        columns=judged,
        noise=floor,
        authenticated=rows,
        refused=refused_rows(refused),
        exchanges=exchanges.texts,
        leaks=leaks(judged, exchanges.secrets(column.key for column in judged), log),
        rig=watch(),
        storms=given.storms,
        kicks=given.kicks,
        benched=given.benched,
        goals=goals(rows, plan.server),
    )


@dataclass(frozen=True)
class Rig:
    """A running server and what is done with it, phase by phase."""

    plan: Plan
    progress: Progress
    runner: asyncio.Runner
    served: Served
    origin: str

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        return lineup(self.plan.pairs, self.origin)

    def judge(self, transcripts: dict[verdicts.Attempted, Transcript] | None = None) -> verdicts.Cells:
        served = self.served
        medium = LenientSockets(
            served.host, served.port, name=served.server, denies_with_status=DENIES_WITH_STATUS[served.server]
        )
        judged = [entry for entry in self.entries if entry.judged]
        title = f"Judging {len(judged)} contenders by {len(CASES)} cases"
        with self.progress.phase(title, verdicts.count_attempts(judged, CASES)) as done:
            try:
                return self.runner.run(
                    verdicts.judge_all(judged, CASES, medium, at_once=AT_ONCE, done=done, transcripts=transcripts)
                )
            except OSError as error:
                raise EnvironmentFailed(f"{served.server} does not answer any more: {error}") from None

    def authenticate(self, users: Sequence[Any]) -> Found:
        purse = people.Purse(users, [entry.backend for entry in self.entries if entry.backend])

        def keep_fresh() -> None:
            if purse.is_stale:
                self.runner.run(purse.fill())

        def turn(entry: Entry) -> float:
            sample = purse.take(entry.backend) if entry.backend else Sample("", "")
            return latency.authenticated(self.served, entry, sample, self.origin)

        turns = [Turn((entry.key, AUTHENTICATED), partial(turn, entry)) for entry in self.entries]
        return self._measure("Measuring time to authenticated", turns, self.plan.size.rounds, keep_fresh)

    def refuse(self) -> Found:
        turns = [
            Turn((entry.key, kind), self._refusal(entry, samples))
            for entry in self.entries
            if entry.pair
            for kind, samples in self._bad(entry.pair.backend).items()
        ]
        return self._measure("Measuring time to refused", turns, self.plan.size.refusals)

    def _bad(self, backend: Backend) -> dict[str, list[Sample]]:
        return self.runner.run(people.bad_credentials(backend))

    def _refusal(self, entry: Entry, samples: Sequence[Sample]) -> Callable[[], float]:
        turn = itertools.cycle(samples)
        return lambda: latency.refused(self.served, entry, next(turn), self.origin)

    def _measure(
        self, title: str, turns: Sequence[Turn], rounds: int, before_round: Callable[[], None] = lambda: None
    ) -> Found:
        size = self.plan.size
        with self.progress.phase(f"{title}, {rounds} rounds", rounds + size.warm_up) as done:
            return latency.measure(
                turns, rounds=rounds, warm_up=size.warm_up, seed=self.plan.seed, before_round=before_round, done=done
            )
