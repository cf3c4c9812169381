"""What takes connections back by itself: Django's own signals, and those of the configured backends' packages.

Connected in every process that loads the apps: a log-out may happen where no WebSocket ever is.
"""

from __future__ import annotations

import time
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models.signals import post_delete, post_save

from . import registry
from .revocation import revoke


def connect() -> None:
    """Once, when the apps are loaded. A backend that can't be built is reported by the checks."""
    user = get_user_model()
    post_save.connect(user_saved, sender=user, dispatch_uid="wsauth.user_saved")
    post_delete.connect(user_deleted, sender=user, dispatch_uid="wsauth.user_deleted")
    for backend in registry.backends():
        backend.connect_signals()


def user_saved(instance: Any, created: bool, raw: bool, **_: Any) -> None:
    """Deactivated, or given another password: what was opened before ends."""
    if created or raw:
        return
    if not getattr(instance, "is_active", True):
        revoke(user=instance)
    elif _has_new_password(instance):
        revoke(user=instance, issued_before=time.time())


def user_deleted(instance: Any, **_: Any) -> None:
    revoke(user=instance)


def _has_new_password(user: Any) -> bool:
    """What `set_password` leaves until the row is saved, and takes back where it only renews a hash."""
    return getattr(user, "_password", None) is not None
