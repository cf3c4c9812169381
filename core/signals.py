"""Every new user gets a DRF token, so that `authtoken` works for users made anywhere: shell, admin, tests."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models.signals import post_save
from rest_framework.authtoken.models import Token


def connect() -> None:
    """Once, when the apps are loaded."""
    post_save.connect(issue_token, sender=get_user_model(), dispatch_uid="core.issue_token")


def issue_token(instance: Any, created: bool, raw: bool, using: str, **_: Any) -> None:
    """Not for fixtures (`raw`): they bring their own rows, and a second one would collide."""
    if created and not raw:
        Token.objects.using(using).create(user=instance)
