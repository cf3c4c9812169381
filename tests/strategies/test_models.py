"""The tables say of a row what it is, and never what it stands for."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from strategies.models import JournalEntry, Ticket


@pytest.mark.django_db
def test_the_migrations_make_what_the_models_say() -> None:
    call_command("makemigrations", "wsauth", check=True, dry_run=True, verbosity=0)


def test_a_row_is_named_without_its_secret() -> None:
    assert str(Ticket(digest="0123456789abcdef")) == "ticket 01234567…"
    assert str(JournalEntry(pk=7, user="1", token_id="abc")) == "revocation 7"
