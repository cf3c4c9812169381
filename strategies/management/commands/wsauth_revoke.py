"""`manage.py wsauth_revoke`: ends live connections from the command line, on every process.

Rule: what is a secret is not taken from the command line, which everybody on the machine can read, and what may be
one is not repeated.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from getpass import getpass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils.timezone import is_naive, make_aware

from ...revocation import revoke

USAGE = 2
AHEAD = 86_400.0
"""Seconds by which the clock of whoever issues credentials may be ahead: `--all` means those too."""
NOTHING = "say whose: --user, --user-id, --session, --token-id, --connection, --issued-before, or --all"

Wish = tuple[dict[str, Any], str]
"""What `revoke` is asked for, and the same in words."""


class Command(BaseCommand):
    help = "Ends the live WebSocket connections that meet all that is given, on every process, with close code 4410."
    _parser: CommandParser

    def add_arguments(self, parser: CommandParser) -> None:
        self._parser = parser
        who = parser.add_mutually_exclusive_group()
        who.add_argument("--user", metavar="NAME", type=_text, help="of this user, by the name used to log in")
        who.add_argument(
            "--user-id", metavar="KEY", type=_text, help="of this user, by primary key; may be gone already"
        )
        parser.add_argument(
            "--session", metavar="-", type=_dash, help="of this log-in; reads its key from standard input"
        )
        parser.add_argument("--token-id", metavar="ID", type=_text, help="opened by the credential of this name")
        parser.add_argument("--connection", metavar="NAME", type=_text, help="this one")
        parser.add_argument(
            "--issued-before",
            metavar="TIME",
            type=_moment,
            help="with a credential issued before: ISO 8601 (2026-11-25T18:30), or Unix time in seconds",
        )
        parser.add_argument("--all", action="store_true", help="everybody's")
        parser.add_argument("--yes", action="store_true", help="don't ask where everybody is concerned")

    def handle(self, *args: Any, **options: Any) -> None:
        given = {name: options[name] for name in _READERS if options[name] is not None}
        if given and options["all"]:
            self._parser.error("--all is everybody: leave the rest out")
        if not given and not options["all"]:
            self._parser.error(NOTHING)
        try:
            asked, words = _read(given) if given else _everybody()
            if asked.keys() == {"issued_before"} and not options["yes"]:
                _confirm(words)
            revoke(**asked)
        except DatabaseError as error:  # without its text, which may quote what was asked for
            raise CommandError(f"The database can't be used: {type(error).__name__}.") from None
        self.stdout.write(f"Recorded: {words}. Within a second every process ends the connections that it concerns.")


# ── what may be written on the command line ──────────────────────────────────────────────────────


def _text(text: str) -> str:
    if not text or not text.isprintable():
        raise argparse.ArgumentTypeError("must be printable, and not empty")
    return text


def _dash(text: str) -> str:
    if text != "-":
        raise argparse.ArgumentTypeError(
            "on a command line everybody could read a session's key: write --session - and give it to standard input"
        )
    return text


def _moment(text: str) -> float:
    """Unix time of a time, which is in the project's time zone where it names none."""
    try:
        try:
            seconds = float(text)
        except ValueError:
            moment = datetime.fromisoformat(text)
            seconds = (make_aware(moment) if is_naive(moment) else moment).timestamp()
        _shown(seconds)
    except (ValueError, OverflowError, OSError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time; give ISO 8601, such as 2026-11-25T18:30, or Unix time in seconds"
        ) from None
    return seconds


# ── what it means ────────────────────────────────────────────────────────────────────────────────


def _read(given: dict[str, str]) -> Wish:
    wishes = [_READERS[name](value) for name, value in given.items()]
    asked = {name: value for one, _ in wishes for name, value in one.items()}
    return asked, ", ".join(words for _, words in wishes)


def _everybody() -> Wish:
    return {"issued_before": time.time() + AHEAD}, "everybody"


def _user(name: str) -> Wish:
    model = get_user_model()
    try:
        user = model._default_manager.get(**{model.USERNAME_FIELD: name})
    except model.DoesNotExist:
        raise CommandError(f"There is no user with the {model.USERNAME_FIELD} {name!r}.", returncode=USAGE) from None
    return {"user": user}, f"user {name!r}"


def _user_id(text: str) -> Wish:
    """Need not exist any more: connections of a user who was deleted by SQL can be ended too."""
    model = get_user_model()
    try:
        key = model._meta.pk.to_python(text)
    except ValidationError:
        raise CommandError(f"{text!r} can't be the primary key of a user.", returncode=USAGE) from None
    present = model._base_manager.filter(pk=key).exists()
    return {"user": key}, f"user with the key {text!r}" + ("" if present else ", whom the database doesn't know")


def _session(_: str) -> Wish:
    key = getpass("Session key: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not key.strip():
        raise CommandError("No session key came from standard input.", returncode=USAGE)
    return {"session": key.strip()}, "the session that was read"


def _token_id(text: str) -> Wish:
    return {"token_id": text}, "the token id that was given"  # somebody may have taken the token for its id


def _connection(text: str) -> Wish:
    return {"connection": text}, f"connection {text!r}"


def _issued_before(seconds: Any) -> Wish:
    return {"issued_before": seconds}, f"credentials issued before {_shown(seconds)}"


_READERS: dict[str, Callable[[str], Wish]] = {
    "user": _user,
    "user_id": _user_id,
    "session": _session,
    "token_id": _token_id,
    "connection": _connection,
    "issued_before": _issued_before,
}


def _shown(seconds: float) -> str:
    """Raises what `datetime` raises for a time that is none."""
    if not math.isfinite(seconds):
        raise ValueError(seconds)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _confirm(words: str) -> None:
    if not sys.stdin.isatty():
        raise CommandError(f"That concerns everybody ({words}): add --yes.", returncode=USAGE)
    try:
        answer = input(f"That concerns everybody ({words}). Go on? [y/N] ")
    except (EOFError, KeyboardInterrupt):
        sys.exit(130)
    if answer.strip().lower() not in ("y", "yes"):
        raise CommandError("Nothing was recorded.")
