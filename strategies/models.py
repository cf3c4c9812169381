"""The two tables: tickets that wait to be used, and the journal of what was taken back.

Rule: a row names a credential by its digest, never by itself.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Ticket(models.Model):
    """A one-time credential between its making and its use; see `backends.ticket`."""

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=255, blank=True)
    """The route that it opens; empty for any, from any page."""
    origin = models.CharField(max_length=255, blank=True)
    """The page that it was made for; empty for a client that is no browser."""
    session = models.CharField(max_length=64, blank=True)
    """Names the log-in that it was made under; empty for none."""
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    claim = models.CharField(max_length=32, blank=True)
    """Who used it up, as a random name; empty as long as it waits."""

    class Meta:
        app_label = "wsauth"

    def __str__(self) -> str:
        return f"ticket {self.digest[:8]}…"


class JournalEntry(models.Model):
    """One decision to take something back, for every process to read; see `journal`.

    What is empty is not asked for; a connection is concerned when it meets all that is not.
    """

    decided_at = models.FloatField(db_index=True)
    """Unix time in seconds: the same whatever time zones a project has."""
    user = models.CharField(max_length=255, blank=True)
    session = models.CharField(max_length=64, blank=True)
    token_id = models.CharField(max_length=64, blank=True)
    connection = models.CharField(max_length=64, blank=True)
    issued_before = models.FloatField(null=True, blank=True)
    """Unix time in seconds."""

    class Meta:
        app_label = "wsauth"
        verbose_name_plural = "journal entries"

    def __str__(self) -> str:
        return f"revocation {self.pk}"
