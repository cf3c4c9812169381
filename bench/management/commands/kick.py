"""`manage.py kick`: reads the command line, measures, prints. See `bench.kick`."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bench import environment
from bench.kick import report
from bench.kick.rig import LAYERS
from bench.kick.run import Plan, kick
from bench.progress import progress_on
from bench.serving import EnvironmentFailed
from bench.temporary import temporary_folder
from bench.worker import SERVERS
from core.interruption import exit_code, interruptible
from strategies import registry

WRONG, USAGE, ENVIRONMENT = 1, 2, 3

HELP = """\
How long a log-out takes to end all connections that it concerns: so many of them over so many server processes, the
log-out at a process of its own (in memory: at the same). Loopback only; ends by itself."""
EXIT_CODES = """\
exit codes:
  0    every connection was told, and ended with 4410
  1    one was not
  2    usage: an unknown option or value
  3    the environment failed: no database, no Redis, no server
  130  interrupted (Ctrl-C); 143: terminated"""
PAIR = ("querystring", "authtoken")
"""Its log-out deletes a row, which every connection of the user was opened by."""


def _up_to(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        count = int(text) if text.isascii() and text.isdigit() else 0
        if not 1 <= count <= most:
            raise ArgumentTypeError(f"{text!r} is no whole number from 1 to {most:,}")
        return count

    return read


class Command(BaseCommand):
    help = HELP
    requires_system_checks: list[str] = []  # noqa: RUF012 (Django's own spelling)

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, epilog=EXIT_CODES, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("--connections", type=_up_to(10_000), default=1_000, metavar="N", help="of all processes (1000)")
        add("--processes", type=_up_to(16), default=2, metavar="N", help="with connections (2)")
        add("--layer", choices=LAYERS, help="default: memory for one process, pubsub for more")
        add("--rounds", type=_up_to(100), default=5, metavar="N", help="log-outs (5)")
        add("--server", choices=SERVERS, default="daphne", help="default: daphne")
        add("--json", action="store_true", help="results on standard output, and nothing else there")

    def run_from_argv(self, argv: list[str]) -> None:
        """From a command line: the same command, in the fixed environment. See `bench.environment`."""
        self._called_from_command_line = True  # its parser then ends with 2, instead of raising
        self.create_parser(argv[0], argv[1]).parse_args(argv[2:])
        if not environment.is_fixed(os.environ):
            os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment.fixed(os.environ))
        super().run_from_argv(argv)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with interruptible() as ended_by, temporary_folder("wsauth-kick-"):
                self._measure(options)
        except KeyboardInterrupt:
            self.stderr.write("Interrupted.")
            sys.exit(exit_code(ended_by))
        except (EnvironmentFailed, ImproperlyConfigured, OSError) as error:
            raise CommandError(str(error), returncode=ENVIRONMENT) from None

    def _measure(self, options: dict[str, Any]) -> None:
        plan = _plan(options)
        results = kick(plan, progress_on(sys.stderr))
        command = _command(plan)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(plan, results, command), indent=2, ensure_ascii=False))
        else:
            report.show(plan, results, command, self.stdout)  # type: ignore[arg-type]
        if not results.passed:
            sys.exit(WRONG)


def _plan(options: dict[str, Any]) -> Plan:
    pair, processes = registry.pair(*PAIR), int(options["processes"])
    layer = options["layer"] or ("memory" if processes == 1 else "pubsub")
    if layer == "memory" and processes > 1:
        problem = f"--layer memory reaches one process, not {processes}; choose pubsub or queues"
        raise CommandError(problem, returncode=USAGE)
    if not pair.policy.origins:
        raise EnvironmentFailed("the settings name no origin")
    return Plan(
        pair=pair,
        origin=min(pair.policy.origins),
        server=options["server"],
        connections=options["connections"],
        processes=processes,
        layer=layer,
        rounds=options["rounds"],
    )


def _command(plan: Plan) -> str:
    """How to run the same again."""
    return (
        f"manage.py kick --server {plan.server} --connections {plan.connections} --processes {plan.processes} "
        f"--layer {plan.layer} --rounds {plan.rounds}"
    )
