"""One-time tickets: made over HTTP for one user and one place, good once and for seconds.

Rules: a ticket is stored by its digest alone; whoever presents it uses it up, at the wrong place too;
and one UPDATE decides who that was, so no transaction, lock or isolation level is asked of the database.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from channels.db import database_sync_to_async
from django.db import router
from django.db.models import QuerySet
from django.utils import timezone

from ..backend import Backend, BackendTraits, Identity, NotApplicable, Place, SampleKind
from ..models import Ticket as Row
from ..refusal import Reason, Refused
from .batching import LARGEST, Batcher

WHY_NEVER_AMBIENT = (
    "a ticket is good once, and a browser attaches a cookie to every request: a foreign page could use it up"
)

KEPT = timedelta(minutes=5)
"""So long a ticket past its life is kept: who comes late is told so, and not that it was never there."""
_RANDOM_BYTES = 24
_PREFIX = re.compile(r"[A-Za-z0-9_-]{0,20}")


class Ticket(Backend):
    """`lifetime`: seconds in which a ticket must be used. `session`: seconds that the identity lasts after that.

    `prefix` begins every ticket, so that a scanner of code and logs can find one that got there.
    """

    traits = BackendTraits("never", WHY_NEVER_AMBIENT, one_time=True, bound=True)

    def __init__(self, lifetime: float = 30, session: float = 3600, prefix: str = "wst_") -> None:
        if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
            raise ValueError(f"prefix must be 20 letters, digits, '_' and '-' at most, not {prefix!r}")
        self.lifetime = timedelta(seconds=_seconds("lifetime", lifetime))
        self.session = _seconds("session", session)
        self.prefix = prefix
        self._form = re.compile(f"{prefix}[A-Za-z0-9_-]{{{len(_random())}}}")
        self._use_up = Batcher(self._used)

    async def verify(self, token: str) -> Identity:
        """At no place: good for a ticket that is bound to none."""
        return await self.verify_at(token, Place())

    async def verify_at(self, token: str, place: Place) -> Identity:
        if not self._form.fullmatch(token):
            raise Refused(Reason.INVALID)
        return await self._use_up((_digest(token), place))

    async def issue(self, user: Any) -> str:
        """A ticket that is good at any place."""
        return await database_sync_to_async(self.mint)(user)

    async def issue_at(self, user: Any, place: Place) -> str:
        return await database_sync_to_async(self.mint)(user, place)

    def mint(self, user: Any, place: Place | None = None, *, session: str = "") -> str:
        """A ticket, for code that is not asynchronous. `session` names the log-in that it is made under.

        Raises `ValueError` for a place without a path: that would be any place.
        """
        if place is not None and not place.path:
            raise ValueError("a ticket is bound to a path; none was given")
        clear()
        token = self.prefix + _random()
        _rows().create(
            digest=_digest(token),
            user_id=user.pk,
            path=place.path if place else "",
            origin=(place and place.origin) or "",
            session=session,
            expires_at=timezone.now() + self.lifetime,
        )
        return token

    async def take_back(self, token: str) -> None:
        raise NotApplicable("a ticket that has let somebody in is used up: there is nothing left to take back")

    async def sample(self, kind: SampleKind, user: Any) -> str:
        if kind is SampleKind.UNKNOWN:
            return self.prefix + _random()
        token = await self.issue(user)
        match kind:
            case SampleKind.EXPIRED:
                ended = timezone.now() - timedelta(seconds=1)
                await Row.objects.filter(digest=_digest(token)).aupdate(expires_at=ended)
            case SampleKind.REVOKED:
                await self.verify(token)
            case SampleKind.EXPIRING:
                raise NotApplicable(
                    "no connection is expiring sooner than others: by any ticket it lives for `session` seconds"
                )
            case SampleKind.INACTIVE_USER:
                await type(user).objects.filter(pk=user.pk).aupdate(is_active=False)
            case SampleKind.DELETED_USER:
                await user.adelete()
            case _:
                return await super().sample(kind, user)
        return token

    def _used(self, presented: Sequence[tuple[str, Place]]) -> list[Identity | Exception]:
        """One answer each; of a ticket that is there twice, the first has it."""
        claimed, now = _claimed({digest for digest, _ in presented}), timezone.now()
        return [self._judged(claimed.pop(digest, None), place, now) for digest, place in presented]

    def _judged(self, row: Row | None, place: Place, now: datetime) -> Identity | Exception:
        if row is None or not _belongs(row, place):
            return Refused(Reason.INVALID)
        if row.expires_at <= now:
            return Refused(Reason.EXPIRED)
        return Identity(
            row.user,
            expires_at=now.timestamp() + self.session,
            issued_at=row.created_at.timestamp(),
            token_id=row.digest[:32],
            session=row.session or None,
        )


def clear() -> int:
    """Deletes some of the tickets that are long over, used or not, and says how many: at most a batch."""
    over = _rows().filter(expires_at__lt=timezone.now() - KEPT).order_by("expires_at")
    deleted, _ = _rows().filter(pk__in=list(over.values_list("pk", flat=True)[:LARGEST])).delete()
    return deleted


def _claimed(digests: Collection[str]) -> dict[str, Row]:
    """The tickets that nobody had used before, now used.

    The database evaluates `claim = ''` again on a row that it has waited for, so of all who ask for it
    at a time one writes its own claim there, and finds it.
    """
    claim, wanted = secrets.token_hex(16), _rows().filter(digest__in=digests)
    if not wanted.filter(claim="").update(claim=claim):
        return {}
    return {row.digest: row for row in wanted.filter(claim=claim).select_related("user")}


def _belongs(row: Row, place: Place) -> bool:
    return not row.path or (row.path, row.origin) == (place.path, place.origin or "")


def _rows() -> QuerySet[Row]:
    """Where they are written: a replica may not know yet what was used a moment ago."""
    return Row.objects.using(router.db_for_write(Row))


def _random() -> str:
    """192 bits, in letters that a URL, a subprotocol and a header take as they are."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _seconds(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 2**31:
        raise ValueError(f"{name} must be a positive number of seconds, not {value!r}")
    return value
