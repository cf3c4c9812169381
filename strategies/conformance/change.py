"""What may happen to a credential or its user while a connection is open, done as a project does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model

from ..backend import Backend, NotApplicable
from ..revocation import arevoke

if TYPE_CHECKING:
    from .contender import Sample


class Change(StrEnum):
    """One thing that may happen."""

    TAKEN_BACK = "taken back"
    """Deleted, blacklisted, logged out: in the backend's own way."""
    DEACTIVATED = "user deactivated"
    DELETED = "user deleted"
    PASSWORD_CHANGED = "password changed"  # noqa: S105  a change, not a password
    UNSEEN = "user deactivated behind the ORM's back"
    """By `QuerySet.update()`, which sends no signal."""
    REVOKED = "revoked by hand"
    """By `revoke(user=…)`."""


Changer = Callable[[Change, "Sample"], Awaitable[None]]


def changer(backend: Backend | None = None) -> Changer:
    """Does what may happen to the samples of a backend and their users; without one, to the users' rows alone.

    What it returns raises `NotApplicable` for what can't happen there.
    """

    async def change(change: Change, sample: Sample) -> None:
        if backend is None and change in (Change.TAKEN_BACK, Change.REVOKED):
            raise NotApplicable("nothing is declared that takes a credential back")
        if backend is not None and change is Change.TAKEN_BACK:
            await backend.take_back(sample.token)
        elif backend is not None and change is Change.UNSEEN and not backend.traits.rechecked:
            raise NotApplicable("nobody is asked again: the credential is good until it expires")
        else:
            await _CHANGES[change](await user_of(sample))

    return change


async def user_of(sample: Sample) -> Any:
    """The row of a sample's user."""
    model = get_user_model()
    return await model._default_manager.aget(**{model.USERNAME_FIELD: sample.username})


async def _deactivate(user: Any) -> None:
    user.is_active = False
    await user.asave()


async def _delete(user: Any) -> None:
    await database_sync_to_async(user.delete)()


async def _change_password(user: Any) -> None:
    # In a thread of its own: a good hash takes its time, and the database's thread serves everybody.
    await sync_to_async(user.set_password, thread_sensitive=False)("another")
    await user.asave()


async def _deactivate_unseen(user: Any) -> None:
    await type(user)._default_manager.filter(pk=user.pk).aupdate(is_active=False)


async def _revoke(user: Any) -> None:
    await arevoke(user=user)


_CHANGES: dict[Change, Callable[[Any], Awaitable[None]]] = {
    Change.DEACTIVATED: _deactivate,
    Change.DELETED: _delete,
    Change.PASSWORD_CHANGED: _change_password,
    Change.UNSEEN: _deactivate_unseen,
    Change.REVOKED: _revoke,
}
