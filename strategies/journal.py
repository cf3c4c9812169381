"""The journal of what was taken back: written by whoever decides, read by every process that has live connections.

A channel layer drops messages when it is full and forgets whom it serves; a table does neither. Rows are read
by their numbers, of which one may become visible after a higher one: a number that was passed over is
asked for again until it can't come any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Max, Q

from .backend import Identity, digest
from .models import JournalEntry

KEPT = timedelta(days=1)
"""Rows are only for processes that run: a day is more than any of them is ever late."""
_EVERY = 100
"""Rows between two clearances of old ones."""
PAGE = 1_000
"""Rows read at a time."""
LATE = 10.0
"""Seconds in which a row may become visible after one with a higher number."""
MOST_PASSED_OVER = 500
_NOTHING = -1


@dataclass(frozen=True, slots=True)
class Revocation:
    """What is taken back: a connection is concerned when it meets all that is not empty."""

    user: str = ""
    """Primary key, as text."""
    session: str = ""
    """The digest of a log-in's name."""
    token_id: str = ""
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
            and (not self.token_id or self.token_id == identity.token_id)
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


def write(revocations: Sequence[Revocation]) -> None:
    """Adds rows, and from time to time clears old ones away."""
    rows = JournalEntry.objects.bulk_create(
        [
            JournalEntry(
                created_at=_moment(one.at),
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
        JournalEntry.objects.filter(created_at__lt=datetime.now(UTC) - KEPT).delete()


class Reader:
    """What one process has read, from `since` on, Unix time in seconds."""

    def __init__(self, since: float) -> None:
        self._since = since
        self._last = _NOTHING
        self._passed_over: dict[int, float] = {}

    def read(self, now: float) -> list[Revocation]:
        """What is new, in the order of its numbers. Raises what the database raises, and then has read nothing."""
        if self._last == _NOTHING:
            older = JournalEntry.objects.filter(created_at__lt=_moment(self._since))
            self._last = older.aggregate(last=Max("pk"))["last"] or 0
        self._passed_over = {pk: until for pk, until in self._passed_over.items() if until > now}
        found: list[Revocation] = []
        while rows := self._page():
            self._note([row.pk for row in rows], now)
            found += map(_revocation, rows)
            if len(rows) < PAGE:
                break
        return found

    def _page(self) -> list[JournalEntry]:
        wanted = Q(pk__gt=self._last) | Q(pk__in=list(self._passed_over))
        return list(JournalEntry.objects.filter(wanted).order_by("pk")[:PAGE])

    def _note(self, numbers: Iterable[int], now: float) -> None:
        for number in numbers:
            self._passed_over.pop(number, None)
            for missing in range(max(self._last + 1, number - MOST_PASSED_OVER), number):
                self._passed_over[missing] = now + LATE
            self._last = max(self._last, number)


def _revocation(row: JournalEntry) -> Revocation:
    return Revocation(
        row.user, row.session, row.token_id, row.connection, row.issued_before, row.created_at.timestamp()
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
