"""What takes connections back by itself: Django's own signals, and those of the configured backends' packages.

Connected in every process that loads the apps: a log-out may happen where no WebSocket ever is.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models.signals import post_delete, post_save

from . import registry
from .revocation import revoke


def connect() -> None:
    """Once, when the apps are loaded. A backend that can't be built is reported by the checks."""
    post_save.connect(user_saved, dispatch_uid="wsauth.user_saved")
    post_delete.connect(user_deleted, dispatch_uid="wsauth.user_deleted")
    for backend in registry.backends():
        backend.connect_signals()


def user_saved(instance: Any, created: bool, raw: bool, **_: Any) -> None:
    """Deactivated, or given another password: what was opened before ends.

    Asked of every row that is saved, since Django names a proxy or a child of the user model as the sender.
    """
    if created or raw or not isinstance(instance, get_user_model()):
        return
    if not getattr(instance, "is_active", True) or _has_new_password(instance):
        revoke(user=instance)


def user_deleted(instance: Any, **_: Any) -> None:
    """A child's parent row is deleted, and told of, beside it."""
    if instance._meta.concrete_model is get_user_model():
        revoke(user=instance)


def _has_new_password(user: Any) -> bool:
    """What `set_password` leaves until the row is saved, and takes back where it only renews a hash."""
    return getattr(user, "_password", None) is not None
