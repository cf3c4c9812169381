"""Whatever can stand in the comparison, described from outside: where it is, how to present a credential to it.

A pair of this package describes itself (`contenders`). For a middleware of your own, fill in a
`Contender`: a client half, samples of its credentials, and what it promises about refusals.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model

from ..backend import Backend, Place, SampleKind
from ..flow import ClientFlow
from ..policy import Policy
from ..registry import Pair
from ..strategy import Traits
from .change import Changer, changer, user_of


@dataclass(frozen=True, slots=True)
class Sample:
    """A credential of some kind and the name of the user whom it would let in."""

    token: str = field(repr=False)
    username: str
    expires_at: float | None = None
    """Unix time in seconds: given for one of the kind EXPIRING."""


Sampler = Callable[[SampleKind], Awaitable[Sample]]
PlacedSampler = Callable[[Place], Awaitable[Sample]]
Resampler = Callable[[SampleKind, Sample], Awaitable[Sample]]


@dataclass(frozen=True)
class Contender:
    """What a case may know of its subject."""

    name: str
    path: str
    """Its route, with the leading slash."""
    client: Callable[[str], ClientFlow] = field(repr=False)
    sample: Sampler = field(repr=False)
    """A fresh credential of a kind, of a fresh user; raises `NotApplicable`."""
    traits: Traits
    policy: Policy
    documented: bool = True
    """Whether its refusals must be the documented ones. False for strangers: any way of saying no will do,
    an anonymous user included."""
    others: tuple[Contender, ...] = field(default=(), repr=False)
    """Contenders of the same project with another carrier: for attempts that mix them."""
    one_time: bool = False
    """Whether a credential is used up by the first who presents it."""
    sample_at: PlacedSampler | None = field(default=None, repr=False)
    """A valid credential that is good at one place only; None where none is bound to any."""
    resample: Resampler | None = field(default=None, repr=False)
    """Another credential of a kind, of the same user; raises `NotApplicable`. None where there are no others."""
    change: Changer | None = field(default=None, repr=False)
    """Does what may happen to a credential or its user while a connection is open: see `change`. None: nothing does."""
    notices_within: float = 3.0
    """Seconds in which a connection is ended by what happens. wsauth promises one: the rest is for a busy machine."""

    @property
    def origin(self) -> str | None:
        """An Origin that is let in; None when the contender has no list."""
        return min(self.policy.origins) if self.policy.origins else None


def contenders(pairs: Iterable[Pair], *, prefix: str = "/") -> tuple[Contender, ...]:
    """The pairs as contenders, served below `prefix`."""
    pairs = tuple(pairs)
    plain = {pair.key: _contender(pair, prefix) for pair in pairs}
    first = {pair.strategy_name: plain[pair.key] for pair in reversed(pairs)}
    return tuple(
        _contender(pair, prefix, tuple(one for name, one in first.items() if name != pair.strategy_name))
        for pair in pairs
    )


def _contender(pair: Pair, prefix: str, others: tuple[Contender, ...] = ()) -> Contender:
    return Contender(
        name=pair.name,
        path=prefix + pair.path,
        client=pair.strategy.client,
        sample=sampler(pair.backend),
        traits=pair.strategy.traits,
        policy=pair.policy,
        others=others,
        one_time=pair.backend.traits.one_time,
        sample_at=placed_sampler(pair.backend) if pair.backend.traits.bound else None,
        resample=resampler(pair.backend),
        change=changer(pair.backend),
    )


def sampler(backend: Backend) -> Sampler:
    """Samples of a backend's credentials, each of a user of its own."""

    async def sample(kind: SampleKind) -> Sample:
        return await _sampled(backend, kind, await make_user())

    return sample


def resampler(backend: Backend) -> Resampler:
    """Further samples of a backend's credentials, each of the user of another one."""

    async def sample(kind: SampleKind, earlier: Sample) -> Sample:
        return await _sampled(backend, kind, await user_of(earlier))

    return sample


async def _sampled(backend: Backend, kind: SampleKind, user: Any) -> Sample:
    token = await backend.sample(kind, user)
    expires_at = (await backend.verify(token)).expires_at if kind is SampleKind.EXPIRING else None
    return Sample(token, user.get_username(), expires_at)


def placed_sampler(backend: Backend) -> PlacedSampler:
    """Valid credentials for a place, each of a user of its own."""

    async def sample(place: Place) -> Sample:
        user = await make_user()
        return Sample(await backend.issue_at(user, place), user.get_username())

    return sample


_numbers = itertools.count(1)


async def make_user() -> Any:
    """A saved, active user with a name that no other has and no password."""
    return await get_user_model().objects.acreate(username=f"user-{next(_numbers)}-{secrets.token_hex(4)}")
