"""The users of a comparison and their credentials, of every backend in the run."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from strategies.backend import Backend, NotApplicable, SampleKind
from strategies.conformance import Sample
from strategies.conformance.contender import make_user

LIFETIME = 120.0
"""Seconds after which credentials are issued anew: simplejwt's live for five minutes."""


async def make_users(count: int) -> list[Any]:
    """Saved, active users without a password, in one statement; no hash is computed."""
    model = get_user_model()
    users = [model(username=f"person-{number}", password=make_password(None)) for number in range(count)]
    return await model.objects.abulk_create(users)


async def issued(backend: Backend, users: Sequence[Any], count: int) -> list[Sample]:
    """So many credentials, to the users in turn."""
    turn = itertools.islice(itertools.cycle(users), count)
    return [Sample(await backend.issue(user), user.get_username()) for user in turn]


class Purse:
    """Valid credentials by backend, taken in turn: once each where they are good once, else again and again.

    `backends`: one for each who takes from it, so that one-time credentials can be made for a round of all of
    them, right before it.
    """

    def __init__(self, users: Sequence[Any], backends: Iterable[Backend]) -> None:
        takers = Counter(backends)
        self._users = users
        self._once = {backend: count for backend, count in takers.items() if backend.traits.one_time}
        self._lasting = [backend for backend in takers if not backend.traits.one_time]
        self._turn: dict[Backend, Iterator[Sample]] = {}
        self._issued = float("-inf")

    @property
    def is_stale(self) -> bool:
        return bool(self._once) or self._is_old

    @property
    def _is_old(self) -> bool:
        return time.monotonic() - self._issued > LIFETIME

    async def fill(self) -> None:
        """Issues a credential of each backend to each user; a one-time one to each taker, every time."""
        for backend, count in self._once.items():
            self._turn[backend] = iter(await issued(backend, self._users, count))
        if self._is_old:
            for backend in self._lasting:
                self._turn[backend] = itertools.cycle(await issued(backend, self._users, len(self._users)))
            self._issued = time.monotonic()

    def take(self, backend: Backend) -> Sample:
        return next(self._turn[backend])


async def bad_credentials(backend: Backend, count: int = 20) -> dict[str, list[Sample]]:
    """By kind: `malformed`, no credential at all; `forged`, of the right form but no good."""
    return {
        "malformed": [await _first_of(backend, SampleKind.MALFORMED)],
        "forged": [await _first_of(backend, SampleKind.UNKNOWN, SampleKind.TAMPERED) for _ in range(count)],
    }


async def each_bad_kind(backend: Backend, count: int) -> dict[str, list[Sample]]:
    """Credentials of every kind but the valid one that the backend can have, each of a user of its own."""
    found: dict[str, list[Sample]] = {}
    for kind in SampleKind:
        if kind in (SampleKind.VALID, SampleKind.EXPIRING):  # which is good as long as it lasts
            continue
        with suppress(NotApplicable):
            found[kind.value] = [await _first_of(backend, kind) for _ in range(count)]
    return found


async def _first_of(backend: Backend, *kinds: SampleKind) -> Sample:
    """Of the first kind that there is: where nobody is asked, an unknown credential can't be told from a good one."""
    user = await make_user()
    for kind in kinds[:-1]:
        try:
            return Sample(await backend.sample(kind, user), user.get_username())
        except NotApplicable:
            continue
    return Sample(await backend.sample(kinds[-1], user), user.get_username())
