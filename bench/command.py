"""What the commands that measure have in common: their environment, their options, how they end.

Rule: usage errors end with 2 before anything is started; an interruption leaves nothing behind.
"""

from __future__ import annotations

import os
import secrets
import sys
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from asyncio import CancelledError
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bench import environment
from bench.plan import UnknownPair, select
from bench.serving import EnvironmentFailed
from bench.temporary import temporary_folder
from bench.worker import SERVERS
from core.interruption import exit_code, interruptible
from strategies import registry
from strategies.registry import Pair

WRONG, USAGE, ENVIRONMENT = 1, 2, 3
INTERRUPTED = "130  interrupted (Ctrl-C); 143: terminated"
"""The last line of every command's exit codes."""
SEEDS = 10_000


def number(kind: type[int] | type[float], *, above: float = 0, below: float = 1e6) -> Callable[[str], float]:
    """An argument type: a number between two others, neither included."""

    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = kind(above)
        if not above < value < below:
            whole = "whole " if kind is int else ""
            raise ArgumentTypeError(f"{text!r} is no {whole}number above {above:g} and below {below:,.10g}")
        return value

    return read


def ascending(one: Callable[[str], float], *, least: int = 1) -> Callable[[str], tuple[float, ...]]:
    """An argument type: a comma list of at least so many numbers, each larger than the one before."""

    def read(text: str) -> tuple[float, ...]:
        found = tuple(map(one, text.split(",")))
        if len(found) < least or sorted(set(found)) != list(found):
            raise ArgumentTypeError(f"{text!r} is no list of {least} or more numbers, separated by commas, that ascend")
        return found

    return read


def usage(message: str) -> CommandError:
    return CommandError(message, returncode=USAGE)


class MeasuringCommand(BaseCommand):
    """A command gives its help, its exit codes, `add_arguments` and `measure`."""

    requires_system_checks: list[str] = []  # noqa: RUF012 (Django's own spelling)
    exit_codes: str
    interrupted = "Interrupted."

    def measure(self, options: dict[str, Any]) -> None:
        raise NotImplementedError

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, epilog=self.exit_codes, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def run_from_argv(self, argv: list[str]) -> None:
        """From a command line: the same command, in the fixed environment. See `bench.environment`."""
        self._called_from_command_line = True  # Django's own switch: usage errors end with code 2
        self.create_parser(argv[0], argv[1]).parse_args(argv[2:])
        if not environment.is_fixed(os.environ):
            # In place, so that nobody stands between a Ctrl-C and what is measured.
            os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment.fixed(os.environ))
        super().run_from_argv(argv)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with interruptible() as ended_by, temporary_folder("wsauth-"):
                self.measure(options)
        except (KeyboardInterrupt, CancelledError):  # the latter when asyncio was about to begin
            self.stderr.write(self.interrupted)
            sys.exit(exit_code(ended_by))
        except (EnvironmentFailed, ImproperlyConfigured, OSError) as error:
            raise CommandError(str(error), returncode=ENVIRONMENT) from None


# ── options ──────────────────────────────────────────────────────────────────────────────────────


def add_common(parser: CommandParser, seed_of: str) -> None:
    """Those that every one of them has; `seed_of`: what the seed decides."""
    parser.add_argument("--pairs", metavar="LIST", help="comma list of strategy/backend, with patterns: 'cookie/*'")
    parser.add_argument("--server", choices=SERVERS, default="daphne", help="default: daphne")
    parser.add_argument("--json", action="store_true", help="results on standard output, and nothing else there")
    parser.add_argument("--seed", type=int, help=f"of {seed_of}; drawn and printed by default")


def served_pairs(options: dict[str, Any]) -> tuple[Pair, ...]:
    """The pairs that `--pairs` names, all by default; at least one."""
    try:
        pairs = select(registry.pairs(), options["pairs"])
    except UnknownPair as error:
        raise usage(f"--pairs: {error}") from None
    if not pairs:
        raise EnvironmentFailed("the settings serve no pair")
    return pairs


def origin_of(pairs: tuple[Pair, ...]) -> str:
    """An Origin that all of them let in."""
    origins = pairs[0].policy.origins
    if not origins:
        raise EnvironmentFailed("the settings name no origin")
    return min(origins)


def seed_of(options: dict[str, Any]) -> int:
    given: int | None = options["seed"]
    return secrets.randbelow(SEEDS) if given is None else given
