"""`manage.py load_people FILE`: accounts for a load test, and the file by which its visitors log in.

All have one password, drawn anew, so that a thousand of them cost one hash. For test systems only.
"""

from __future__ import annotations

import json
import os
import secrets
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.db import transaction

PREFIX = "load-test-"
MOST = 100_000


class Command(BaseCommand):
    help = (
        f"Makes accounts for a load test ({PREFIX}0, {PREFIX}1, …) and writes their password into FILE, for this "
        "user's eyes only. They replace those of an earlier call; --delete only removes them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, metavar="FILE", help="written anew; needed on every machine with visitors"
        )
        parser.add_argument("--count", type=_count, default=200, metavar="N", help="accounts (200)")
        parser.add_argument("--delete", action="store_true", help="remove the accounts and the file")

    def handle(self, *args: Any, file: Path, count: int, delete: bool, **options: Any) -> None:
        try:
            if delete:
                removed = self._remove()
                file.unlink(missing_ok=True)
                self.stdout.write(f"{removed:,} accounts removed")
            else:
                self._make(file, count)
                self.stdout.write(f"{count:,} accounts made; {file} lets in whoever reads it")
        except DatabaseError as error:
            raise CommandError(f"The database can't be used: {error}") from error
        except OSError as error:
            raise CommandError(f"{file} can't be written: {error.strerror}", returncode=2) from None

    def _remove(self) -> int:
        model = get_user_model()
        mine = model._default_manager.filter(**{f"{model.USERNAME_FIELD}__startswith": PREFIX})
        _, by_model = mine.delete()
        return int(by_model.get(model._meta.label, 0))

    def _make(self, file: Path, count: int) -> None:
        password = secrets.token_urlsafe(24)
        names = [f"{PREFIX}{number}" for number in range(count)]
        model, hashed = get_user_model(), make_password(password)
        with transaction.atomic():
            self._remove()
            model._default_manager.bulk_create(
                [model(**{model.USERNAME_FIELD: name}, password=hashed) for name in names], batch_size=500
            )
            _write(file, json.dumps(dict.fromkeys(names, password)))


def _write(file: Path, text: str) -> None:
    """Nobody else may read it, not for a moment either."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < number <= MOST:
        raise ArgumentTypeError(f"{text!r} is no number from 1 to {MOST:,}")
    return number
