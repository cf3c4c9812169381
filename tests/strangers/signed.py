"""A stranger's backend: the user's key, signed and dated with Django's own signer. Goes with every carrier."""

from __future__ import annotations

import time
from typing import Any

from django.contrib.auth import get_user_model
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner, b62_decode, b62_encode

from strategies.backend import Backend, Identity, SampleKind, digest
from strategies.refusal import Reason, Refused

SALT = "strangers.signed"


class Signed(Backend):
    def __init__(self, max_age: int = 600) -> None:
        self.max_age = max_age

    async def verify(self, token: str) -> Identity:
        try:
            key = TimestampSigner(salt=SALT).unsign(token, max_age=self.max_age)
        except SignatureExpired:
            raise Refused(Reason.EXPIRED) from None
        except BadSignature:
            raise Refused(Reason.INVALID) from None
        user = await get_user_model().objects.filter(pk=key).afirst()
        if user is None:
            raise Refused(Reason.INVALID)
        issued_at = b62_decode(token.split(":")[1])
        return Identity(user, expires_at=issued_at + self.max_age, issued_at=issued_at, token_id=digest(token))

    async def issue(self, user: Any) -> str:
        return TimestampSigner(salt=SALT).sign(user.pk)

    async def sample(self, kind: SampleKind, user: Any) -> str:
        token = await self.issue(user)
        match kind:
            case SampleKind.UNKNOWN:
                return TimestampSigner(salt=SALT).sign(0)
            case SampleKind.OTHER_KEY:
                return TimestampSigner(key="another key than the project's", salt=SALT).sign(user.pk)
            case SampleKind.EXPIRED:
                return Earlier(86_400, salt=SALT).sign(user.pk)
            case SampleKind.EXPIRING:
                return Earlier(self.max_age - 4, salt=SALT).sign(user.pk)
            case SampleKind.INACTIVE_USER:
                await type(user).objects.filter(pk=user.pk).aupdate(is_active=False)
            case SampleKind.DELETED_USER:
                await user.adelete()
            case _:
                return await super().sample(kind, user)
        return token


class Earlier(TimestampSigner):
    def __init__(self, seconds: int, **options: Any) -> None:
        super().__init__(**options)
        self.seconds = seconds

    def timestamp(self) -> str:
        return b62_encode(int(time.time()) - self.seconds)
