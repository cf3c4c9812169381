"""The security log: one record for each refusal and each end, with the same fields everywhere. See `docs/`."""

from __future__ import annotations

import logging

from .messages import plain
from .refusal import Reason

security_log = logging.getLogger("wsauth.security")


def fields(reason: Reason, *, strategy: str, backend: str, client_address: str) -> dict[str, object]:
    """What every record tells beside its text, as `extra`; never a credential."""
    return {
        "reason": reason.name,
        "strategy": strategy,
        "backend": backend,
        "client_address": plain(client_address),
    }
