"""`manage.py compare`: reads the command line, runs the comparison, prints it. See `bench.comparison`."""

from __future__ import annotations

import json
import os
import secrets
import sys
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bench import environment, html, terminal
from bench.comparison import compare
from bench.plan import SIZES, Plan, UnknownPair, select
from bench.progress import progress_on
from bench.serving import EnvironmentFailed
from bench.storms import Storm, UnreadableStorm, read
from bench.temporary import temporary_folder
from bench.worker import SERVERS
from core.interruption import exit_code, interruptible
from strategies import registry

WRONG, USAGE, ENVIRONMENT = 1, 2, 3

HELP = """\
Compares the served pairs of strategy and backend on a real server with a temporary database: which
attempts get in, which are refused, and what each way costs. Writes index.html and results.json."""
EXIT_CODES = """\
exit codes:
  0    everything as expected
  1    a wrong verdict, or a measurement whose answer was wrong
  2    usage: an unknown option, value or pair, a file that holds no storm
  3    the environment failed: no database, channel layer or server, no folder for the report
  130  interrupted (Ctrl-C); 143: terminated"""


class Command(BaseCommand):
    help = HELP
    requires_system_checks: list[str] = []  # noqa: RUF012 (Django's own spelling)

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, epilog=EXIT_CODES, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        size = parser.add_mutually_exclusive_group()
        for name in ("quick", "full"):
            rounds = SIZES[name].rounds
            size.add_argument(
                f"--{name}", dest="size", action="store_const", const=name, help=f"all cases, {rounds} rounds"
            )
        parser.add_argument("--pairs", metavar="LIST", help="comma list of strategy/backend, with patterns: 'cookie/*'")
        parser.add_argument("--server", choices=SERVERS, default="daphne", help="default: daphne")
        parser.add_argument("--report", default="report", metavar="DIR", help="where the report goes (report/)")
        parser.add_argument(
            "--storm",
            action="append",
            default=[],
            metavar="FILE",
            help="what `storm --json` wrote, to be part of the report; may be given several times",
        )
        parser.add_argument("--json", action="store_true", help="results on standard output, and nothing else there")
        parser.add_argument(
            "--reasons", "--why", action="store_true", help="the reason of every cell that is not 'as expected'"
        )
        parser.add_argument("--seed", type=int, help="of the order of measurements; drawn and printed by default")

    def run_from_argv(self, argv: list[str]) -> None:
        """From a command line: the same command, in the fixed environment. See `bench.environment`."""
        self._called_from_command_line = True  # Django's own switch: usage errors end with code 2
        self.create_parser(argv[0], argv[1]).parse_args(argv[2:])
        if not environment.is_fixed(os.environ):
            # In place, so that nobody stands between a Ctrl-C and the comparison.
            os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment.fixed(os.environ))
        super().run_from_argv(argv)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with interruptible() as ended_by, temporary_folder("wsauth-compare-"):
                self._compare(options)
        except KeyboardInterrupt:
            self.stderr.write("Interrupted: no report was written.")
            sys.exit(exit_code(ended_by))
        except (EnvironmentFailed, ImproperlyConfigured, OSError) as error:
            raise CommandError(str(error), returncode=ENVIRONMENT) from None

    def _compare(self, options: dict[str, Any]) -> None:
        try:
            pairs = select(registry.pairs(), options["pairs"])
        except UnknownPair as error:
            raise CommandError(f"--pairs: {error}", returncode=USAGE) from None
        if not pairs:
            raise EnvironmentFailed("the settings serve no pair")
        seed = options["seed"] if options["seed"] is not None else secrets.randbelow(10_000)
        storms = _storms(options["storm"])
        plan = Plan(SIZES[options["size"] or "default"], pairs, options["server"], seed)
        folder = html.prepare(Path(options["report"]))
        results = compare(plan, progress_on(sys.stderr), _command(options, seed), storms)
        html.write(results, folder)
        if options["json"]:
            self.stdout.write(json.dumps(results.as_json(), indent=2, ensure_ascii=False))
        else:
            terminal.show(results, folder, sys.stdout, reasons=options["reasons"])
        if not results.passed:
            sys.exit(WRONG)


def _storms(paths: list[str]) -> list[Storm]:
    try:
        return [read(Path(path)) for path in paths]
    except UnreadableStorm as error:
        raise CommandError(f"--storm: {error}", returncode=USAGE) from None


def _command(options: dict[str, Any], seed: int) -> str:
    """How to run the same again; the report's folder is nobody's business."""
    size = f" --{options['size']}" if options["size"] else ""
    pairs = f" --pairs '{options['pairs']}'" if options["pairs"] else ""
    return f"manage.py compare{size}{pairs} --server {options['server']} --seed {seed}"
