"""A stranger's backend: a secret shared with each user, made from the password's hash; goes with `challenge`."""

from __future__ import annotations

import hmac
from typing import Any

from django.contrib.auth import get_user_model

from strategies.backend import Backend, Identity, SampleKind
from strategies.refusal import Reason, Refused

from .challenge import answer


class SharedKey(Backend):
    async def verify(self, token: str) -> Identity:
        challenge, _, answered = token.partition(".")
        key_id, _, mac = answered.partition(".")
        user = await get_user_model().objects.filter(pk=key_id).afirst() if key_id.isdecimal() else None
        if user is None or not hmac.compare_digest(mac, answer(user.get_session_auth_hash(), challenge)):
            raise Refused(Reason.INVALID)
        return Identity(user, token_id=key_id)

    async def issue(self, user: Any) -> str:
        return f"{user.pk}:{user.get_session_auth_hash()}"

    async def sample(self, kind: SampleKind, user: Any) -> str:
        token = await self.issue(user)
        match kind:
            case SampleKind.UNKNOWN:
                return f"0:{token.partition(':')[2]}"
            case SampleKind.INACTIVE_USER:
                await type(user).objects.filter(pk=user.pk).aupdate(is_active=False)
            case SampleKind.DELETED_USER:
                await user.adelete()
            case SampleKind.PASSWORD_CHANGED:
                user.set_password("another")
                await user.asave()
            case _:
                return await super().sample(kind, user)
        return token
