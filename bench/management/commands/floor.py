"""`manage.py floor STRATEGY/BACKEND`: where the microseconds of one handshake go. See `bench.floor`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser

from bench.command import INTERRUPTED, MeasuringCommand, origin_of, usage
from bench.databases import temporary_database
from bench.floor import floor, told
from bench.inprocess import application, handshakes
from bench.lineup import CONTROL, Entry, lineup
from bench.people import issued, make_users
from strategies import registry

AT_ONCE, ONE_BY_ONE = 64, 16

EXIT_CODES = f"""\
exit codes:
  0    measured
  2    usage: an unknown option or pair
  3    the environment failed: no database
  {INTERRUPTED}"""


class Command(MeasuringCommand):
    help = (
        "Where the microseconds of one handshake inside the process go, by module, and what the same takes without "
        "a gate. The database's own thread is not looked into: it shows as waiting, in selectors."
    )
    exit_codes = EXIT_CODES

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pair", metavar="STRATEGY/BACKEND")
        parser.add_argument("--together", action="store_true", help=f"{AT_ONCE} at once, not one after the other")

    def measure(self, options: dict[str, Any]) -> None:
        pair, together = options["pair"], options["together"]
        origin = origin_of(registry.pairs())
        entries = {entry.key: entry for entry in lineup(registry.pairs(), origin)}
        if pair not in entries:
            raise usage(f"there is no {pair!r}; known: {', '.join(entries)}")
        with temporary_database(), asyncio.Runner() as runner:
            users = runner.run(make_users(AT_ONCE if together else ONE_BY_ONE))
            found, bare = (floor(*_batch(runner, entries[key], users, origin, together)) for key in (pair, CONTROL))
        for line in (*told(found), f"{CONTROL:40}{bare.seconds * 1e6:8.1f} µs"):
            self.stdout.write(line)


def _batch(
    runner: asyncio.Runner, entry: Entry, users: list[Any], origin: str, together: bool
) -> tuple[Callable[[], Any], int, Callable[[], object]]:
    """A handshake for each user, how many those are, and what makes credentials that are good once anew."""
    app, tokens = application(entry), [""] * len(users)
    run = runner.get_loop().run_until_complete  # without what a runner does for Ctrl-C in each call

    def issue() -> None:
        if entry.backend:
            tokens[:] = [sample.token for sample in run(issued(entry.backend, users, len(users)))]

    issue()
    renew = issue if entry.backend and entry.backend.traits.one_time else lambda: None
    return lambda: run(handshakes(entry, app, tokens, origin, together=together)), len(users), renew
