"""Whether the time of a refusal tells a credential that nobody knows from one that is almost right (T28).

Inside the process: a socket adds noise to a difference and takes nothing of it away. Each round measures all
kinds, in an order that is drawn, and one of them twice: what it differs by from itself is the noise of the run.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from time import perf_counter
from typing import Any

import pytest
from rest_framework.authtoken.models import Token

from bench.inprocess import handshake
from bench.statistics import Word, noise_floor, ratio, word
from strategies import registry
from strategies.backend import Identity, SampleKind
from strategies.backends.authtoken import AuthToken
from strategies.conformance.contender import make_user
from strategies.conformance.probe import witness
from strategies.refusal import Reason, Refused
from strategies.registry import Pair

ROUNDS, BATCH, RESAMPLES, SEED = 50, 10, 500, 1
TOLERANCE = 1.1
"""What is told by less than a tenth of a refusal's time, beyond the noise, is not told."""

NOBODYS = {
    "header/authtoken": SampleKind.UNKNOWN,
    "header/ticket": SampleKind.UNKNOWN,
    "cookie/session": SampleKind.UNKNOWN,
    "header/simplejwt": SampleKind.OTHER_KEY,  # an unknown user is told by whoever has the key only
    "header/simplejwt_stateless": SampleKind.OTHER_KEY,
}
"""Pair → the kind that is held against a credential with one character exchanged."""
PAIRS = {pair.key: pair for pair in registry.pairs()}


def told(pair: Pair, kind: SampleKind) -> Word:
    """What the times say of almost right credentials, against those of a kind."""
    app, draw = pair.guard(witness), random.Random(SEED)
    with asyncio.Runner() as runner:
        nobodys = runner.run(sample(pair, kind))
        tokens = {"nobody's": nobodys, "again": nobodys, "almost": runner.run(sample(pair, SampleKind.TAMPERED))}
        times: dict[str, list[float]] = {name: [] for name in tokens}
        for _ in range(ROUNDS):
            for name in draw.sample(list(tokens), len(tokens)):
                times[name].append(runner.run(refusals(app, pair, tokens[name])))
    same, almost = (
        ratio(times[name], times["nobody's"], resamples=RESAMPLES, seed=SEED) for name in ("again", "almost")
    )
    return word(almost, noise_floor(same) * TOLERANCE)


async def sample(pair: Pair, kind: SampleKind) -> str:
    return await pair.backend.sample(kind, await make_user())


async def refusals(app: Any, pair: Pair, token: str) -> float:
    """Seconds for a batch of them."""
    origin = min(pair.policy.origins or ())
    before = perf_counter()
    answers = [await handshake(app, f"/{pair.path}", pair.strategy.client(token), origin) for _ in range(BATCH)]
    took = perf_counter() - before
    assert answers == [{}] * BATCH  # nobody got in
    return took


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", NOBODYS)
def test_its_time_does_not_tell_how_wrong_a_credential_is(key: str) -> None:
    assert told(PAIRS[key], NOBODYS[key]) not in (Word.SLOWER, Word.FASTER)


class ByPrefix(AuthToken):
    """Looks for what begins alike, and only then at the rest."""

    async def verify(self, token: str) -> Identity:
        if not await Token.objects.filter(key__startswith=token[:8]).aexists():
            raise Refused(Reason.INVALID)
        return await super().verify(token)


@pytest.mark.django_db(transaction=True)
def test_a_backend_that_tells_is_found_out() -> None:
    assert told(replace(PAIRS["header/authtoken"], backend=ByPrefix()), SampleKind.UNKNOWN) is Word.SLOWER
