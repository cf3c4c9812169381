"""What becomes of connections, as Django signals: for audit trails, metrics, alarms.

Each receiver gets `identity` (None where there is none), `path`, `client_address` (as the server tells it) and
`reason` (None where nothing went wrong); never a credential. Receivers may be coroutines; others run in a
thread. One that fails is logged by Django and stops nothing.
"""

from __future__ import annotations

from typing import Any

from django.dispatch import Signal

connection_authenticated = Signal()
connection_refused = Signal()
connection_refreshed = Signal()
connection_revoked = Signal()
connection_expired = Signal()


async def announce(signal: Signal, **facts: Any) -> None:
    """To all receivers; costs next to nothing where there are none."""
    if signal.receivers:
        await signal.asend_robust(sender=None, **facts)
