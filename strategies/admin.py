"""Django's admin: an action that ends the connections of users, and the journal, to be read.

Imported by the admin's autodiscovery alone. The action is added to the admin of the user model that the model's own app
registers; whoever registers another writes `actions = [end_connections]` into it.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db import router, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext

from .journal import KEPT
from .models import JournalEntry
from .revocation import revoke


@admin.action(permissions=["change"], description="End WebSocket connections of selected %(verbose_name_plural)s")
def end_connections(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> None:
    """For the admin of the user model. Who may change a user may do this."""
    users = list(queryset)
    with transaction.atomic(using=router.db_for_write(JournalEntry)):  # one write and one nudge for all of them
        for user in users:
            revoke(user=user)
    for user in users:
        model_admin.log_change(request, user, "Ended WebSocket connections.")
    said = ngettext("WebSocket connections of %d user end.", "WebSocket connections of %d users end.", len(users))
    model_admin.message_user(request, said % len(users), messages.SUCCESS)


@admin.register(JournalEntry)
class JournalEntryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    """What was taken back in the last day. Nothing of it can be changed: every process has read it."""

    list_display = ("decided", "user", "session", "token_id", "connection", "issued")
    search_fields = ("=user", "=session", "=token_id", "=connection")
    ordering = ("-pk",)

    @admin.display(ordering="decided_at")
    def decided(self, entry: JournalEntry) -> datetime:
        return datetime.fromtimestamp(entry.decided_at, UTC)

    @admin.display(description="issued before", empty_value="")
    def issued(self, entry: JournalEntry) -> datetime | None:
        return None if entry.issued_before is None else datetime.fromtimestamp(entry.issued_before, UTC)

    def get_queryset(self, request: HttpRequest) -> QuerySet[JournalEntry]:
        return super().get_queryset(request).filter(decided_at__gte=time.time() - KEPT)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: JournalEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: JournalEntry | None = None) -> bool:
        return False


def _add_action() -> None:
    """To the admin of the user model, which may be registered after this module is imported, if at all."""
    model = get_user_model()
    theirs = f"{model._meta.app_config.name}.admin"
    if find_spec(theirs):
        import_module(theirs)
    if admin.site.is_registered(model):
        users = admin.site.get_model_admin(model)
        if users.actions is not None:  # None switches actions off
            users.actions = [*users.actions, end_connections]


_add_action()
