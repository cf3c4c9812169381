"""The journal of what was taken back: written by whoever decides, read by every process that has live connections.

A channel layer drops messages when it is full and forgets whom it serves; a table does neither. Rows are read
by their numbers, of which one may become visible after a higher one: a number that was passed over is
asked for again until it can't come any more.
"""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import router
from django.db.models import Max, Q, QuerySet

from .backend import Identity, digest
from .models import JournalEntry

KEPT = 86_400.0
"""Seconds: rows are only for processes that run, and none of them is ever a day late."""
_EVERY = 100
"""Rows between two clearances of old ones."""
PAGE = 1_000
"""Rows read at a time."""
LATE = 10.0
"""Seconds in which a row may become visible after one with a higher number."""
_NOTHING = -1


@dataclass(frozen=True, slots=True)
class Revocation:
    """What is taken back: a connection is concerned when it meets all that is not empty."""

    user: str = ""
    """Primary key, as text."""
    session: str = ""
    """The digest of a log-in's name."""
    token_id: str = ""
    """The digest of a credential's."""
    connection: str = ""
    issued_before: float | None = None
    """Unix time in seconds."""
    at: float = 0.0
    """When it was decided, Unix time in seconds."""

    def concerns(self, identity: Identity) -> bool:
        issued, before = identity.issued_at, self.issued_before
        return (
            (not self.user or self.user == str(getattr(identity.user, "pk", "")))
            and (not self.session or self.session in session_names(identity))
            and (not self.token_id or self.token_id == token_name(identity))
            and (not self.connection or self.connection == identity.connection)
            and (before is None or issued is None or issued < before)
        )

    @property
    def names_one(self) -> bool:
        """Whether it names what doesn't come back to life: a later credential can't be meant by mistake."""
        return bool(self.session or self.token_id or self.connection)


def session_names(identity: Identity) -> tuple[str, ...]:
    """Under which names a revocation may know the log-in: what the identity says, and the digest of that."""
    return (identity.session, digest(identity.session)) if identity.session else ()


def token_name(identity: Identity) -> str:
    """Under which name a revocation may know the credential; empty where it has none."""
    return digest(identity.token_id) if identity.token_id else ""


def write(revocations: Sequence[Revocation]) -> None:
    """Adds rows, and from time to time clears old ones away."""
    rows = JournalEntry.objects.bulk_create(
        [
            JournalEntry(
                decided_at=one.at,
                user=one.user,
                session=one.session,
                token_id=one.token_id,
                connection=one.connection,
                issued_before=one.issued_before,
            )
            for one in revocations
        ],
        batch_size=PAGE,
    )
    if any((row.pk or 0) % _EVERY == 0 for row in rows):
        JournalEntry.objects.filter(decided_at__lt=time.time() - KEPT).delete()


class Reader:
    """What one process has read, from `since` on, Unix time in seconds."""

    def __init__(self, since: float) -> None:
        self._since = since
        self._last = _NOTHING
        self._passed_over: list[Gap] = []

    def read(self, now: float) -> list[Revocation]:
        """What is new, in the order of its numbers. Raises what the database raises, and then has read nothing."""
        if self._last == _NOTHING:
            older = _rows().filter(decided_at__lt=self._since)
            self._last = older.aggregate(last=Max("pk"))["last"] or 0
        self._passed_over = [gap for gap in self._passed_over if gap.until > now]
        found: list[Revocation] = []
        while rows := self._page():
            self._note([row.pk for row in rows], now)
            found += map(_revocation, rows)
            if len(rows) < PAGE:
                break
        return found

    def _page(self) -> list[JournalEntry]:
        wanted = Q(pk__gt=self._last)
        for gap in self._passed_over:
            wanted |= Q(pk__range=(gap.first, gap.last))
        return list(_rows().filter(wanted).order_by("pk")[:PAGE])

    def _note(self, numbers: Sequence[int], now: float) -> None:
        """`numbers` ascend. What lies between them, or before them after the last, may still come."""
        self._passed_over = [rest for gap in self._passed_over for rest in gap.without(numbers)]
        for number in numbers[bisect_right(numbers, self._last) :]:
            if number > self._last + 1:
                self._passed_over.append(Gap(self._last + 1, number - 1, now + LATE))
            self._last = number


class Gap(NamedTuple):
    """Numbers that were passed over, both ends included, and until when they may come, Unix time."""

    first: int
    last: int
    until: float

    def without(self, numbers: Sequence[int]) -> list[Gap]:
        """What is left of it; `numbers` ascend."""
        left = []
        first = self.first
        for number in numbers[bisect_left(numbers, self.first) : bisect_right(numbers, self.last)]:
            if first < number:
                left.append(Gap(first, number - 1, self.until))
            first = number + 1
        if first <= self.last:
            left.append(Gap(first, self.last, self.until))
        return left


def _rows() -> QuerySet[JournalEntry]:
    """Where they are written: a replica knows them later."""
    return JournalEntry.objects.using(router.db_for_write(JournalEntry))


def _revocation(row: JournalEntry) -> Revocation:
    return Revocation(row.user, row.session, row.token_id, row.connection, row.issued_before, row.decided_at)
