"""What takes connections back by itself: Django's own signals, and those of the configured backends' packages.

Connected in every process that loads the apps: a log-out may happen where no WebSocket ever is.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models.signals import post_delete, post_save

from . import registry
from .revocation import revoke


def connect() -> None:
    """Once, when the apps are loaded. A backend that can't be built is reported by the checks."""
    # Model by model, proxies and children included: Django names them as the sender. For all models at once would be
    # shorter, and would take Django's fast way of deleting away from every one of them.
    for model in apps.get_models():
        if issubclass(model, get_user_model()):
            post_save.connect(user_saved, sender=model, dispatch_uid="wsauth.user_saved")
            post_delete.connect(user_deleted, sender=model, dispatch_uid="wsauth.user_deleted")
    for backend in registry.backends():
        backend.connect_signals()


def user_saved(instance: Any, created: bool, raw: bool, **_: Any) -> None:
    """Deactivated, or given another password: what was opened before ends."""
    if created or raw:
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
