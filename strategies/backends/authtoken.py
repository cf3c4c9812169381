"""DRF's `rest_framework.authtoken`: one row a user, no expiry. Needs the extra `drf`."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from channels.db import database_sync_to_async
from django.db.models.signals import post_delete
from django.utils.module_loading import import_string
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from ..backend import Backend, Identity, SampleKind, digest
from ..refusal import Reason, Refused
from ..revocation import revoke
from .batching import Batcher, Fetched


class AuthToken(Backend):
    """Checks with DRF's own `TokenAuthentication`."""

    def __init__(self, authentication: type[TokenAuthentication] | str = TokenAuthentication) -> None:
        """`authentication`: a subclass of DRF's, or its dotted path, whose model and rules are then used."""
        found = import_string(authentication) if isinstance(authentication, str) else authentication
        if not (isinstance(found, type) and issubclass(found, TokenAuthentication)):
            raise ValueError(f"authentication must be a TokenAuthentication, not {authentication!r}")
        self.authentication: Any = found  # whose model may be any that has a key and a user
        self._lookup = Batcher(self._verify)

    async def verify(self, token: str) -> Identity:
        if not token.isascii():
            raise Refused(Reason.INVALID)
        return await self._lookup(token)

    async def issue(self, user: Any) -> str:
        return await database_sync_to_async(self._issue)(user)

    async def recheck(self, identities: Sequence[Identity]) -> Sequence[Identity | Refused]:
        return await database_sync_to_async(self._recheck)(identities)

    def connect_signals(self) -> None:
        model = self.authentication().get_model()
        post_delete.connect(_deleted, sender=model, dispatch_uid="wsauth.authtoken")

    async def take_back(self, token: str) -> None:
        await self.authentication().get_model().objects.filter(key=token).adelete()

    async def sample(self, kind: SampleKind, user: Any) -> str:
        token = await self.issue(user)
        match kind:
            case SampleKind.UNKNOWN:
                return secrets.token_hex(20)
            case SampleKind.REVOKED:
                await self.take_back(token)
            case SampleKind.INACTIVE_USER:
                await type(user).objects.filter(pk=user.pk).aupdate(is_active=False)
            case SampleKind.DELETED_USER:
                await user.adelete()
            case _:
                return await super().sample(kind, user)
        return token

    def _verify(self, tokens: Sequence[str]) -> list[Identity | Exception]:
        authentication = self.authentication()
        model = authentication.get_model()
        rows = model.objects.select_related("user").filter(key__in=set(tokens))
        authentication.model = Fetched(rows, "key")  # the package's own lookup, answered from these rows
        return [_identity(authentication, token) for token in tokens]

    def _recheck(self, identities: Sequence[Identity]) -> list[Identity | Refused]:
        """The users' rows tell, since a key can't be found by its digest."""
        rows = self.authentication().get_model().objects.select_related("user")
        present = {digest(row.key): row for row in rows.filter(user__in={one.user.pk for one in identities})}
        return [_present(one, present.get(one.token_id or "")) for one in identities]

    def _issue(self, user: Any) -> str:
        row, _ = self.authentication().get_model().objects.get_or_create(user=user)
        return str(row.key)


def _identity(authentication: Any, token: str) -> Identity | Exception:
    try:
        user, row = authentication.authenticate_credentials(token)
    except AuthenticationFailed:
        return Refused(_reason(authentication, token))
    user._state.fields_cache.clear()  # select_related left the row, and with it the key, behind the user
    created = getattr(row, "created", None)
    return Identity(user, issued_at=created and created.timestamp(), token_id=digest(token))


def _present(identity: Identity, row: Any) -> Identity | Refused:
    if row is None or row.user_id != identity.user.pk:
        return Refused(Reason.INVALID)
    row.user._state.fields_cache.clear()
    return replace(identity, user=row.user)


def _deleted(instance: Any, **_: Any) -> None:
    revoke(token_id=digest(instance.key))


def _reason(authentication: Any, token: str) -> Reason:
    """DRF says the same of an unknown key and of a deactivated user; the holder of a good key is told."""
    model = authentication.get_model()
    try:
        row = model.objects.select_related("user").get(key=token)
    except model.DoesNotExist:
        return Reason.INVALID
    return Reason.INVALID if row.user.is_active else Reason.INACTIVE
