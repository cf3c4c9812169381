"""`manage.py storm`: reads the command line, lets the storm loose, prints its table. See `bench.storm`."""

from __future__ import annotations

import json
import os
import secrets
import sys
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bench import environment
from bench.lineup import AGAIN
from bench.plan import UnknownPair, select
from bench.progress import progress_on
from bench.serving import EnvironmentFailed
from bench.storm import report
from bench.storm.figures import Row
from bench.storm.lineup import DELAY, LATE, everyone, instrument
from bench.storm.load import Plan, storm
from bench.temporary import temporary_folder
from bench.worker import SERVERS
from core.interruption import exit_code, interruptible
from strategies import registry

WRONG, USAGE, ENVIRONMENT = 1, 2, 3
TOLERANCE = 0.1

HELP = """\
Many handshakes at once against a real server with a temporary database: what each pair, the tutorial's
middleware and Channels' own stack cost beside no authentication at all. Loopback only; ends by itself."""
EXIT_CODES = """\
exit codes:
  0    every answer was right
  1    a wrong answer: its measurement means nothing
  2    usage: an unknown option, value or pair
  3    the environment failed: no database, channel layer or server, a machine too busy for --check
  130  interrupted (Ctrl-C); 143: terminated"""


def _positive(kind: type[int] | type[float]) -> Any:
    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = kind(0)
        if not 0 < value < 1e6:
            raise ArgumentTypeError(f"{text!r} is no number above 0 and below a million")
        return value

    return read


class Command(BaseCommand):
    help = HELP
    requires_system_checks: list[str] = []  # noqa: RUF012 (Django's own spelling)

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, epilog=EXIT_CODES, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        count, number = _positive(int), _positive(float)
        parser.add_argument("--pairs", metavar="LIST", help="comma list of strategy/backend, with patterns: 'cookie/*'")
        parser.add_argument("--server", choices=SERVERS, default="daphne", help="default: daphne")
        parser.add_argument("--concurrency", type=count, default=64, metavar="N", help="handshakes at once (64)")
        parser.add_argument("--blocks", type=count, default=20, metavar="N", help="blocks of each contender (20)")
        parser.add_argument(
            "--seconds", type=number, metavar="S", help="no round begins later (60); open loop: of each contender (5)"
        )
        parser.add_argument(
            "--open-loop", type=number, metavar="RATE", help="arrivals a second that wait for nobody, instead"
        )
        parser.add_argument("--generators", type=count, default=1, metavar="N", help="processes that make the load (1)")
        parser.add_argument(
            "--check", action="store_true", help="the instrument itself: is what takes 1 ms longer measured as that?"
        )
        parser.add_argument("--json", action="store_true", help="results on standard output, and nothing else there")
        parser.add_argument("--seed", type=int, help="of order and arrivals; drawn and printed by default")

    def run_from_argv(self, argv: list[str]) -> None:
        """From a command line: the same command, in the fixed environment. See `bench.environment`."""
        self._called_from_command_line = True  # its parser then ends with 2, instead of raising
        self.create_parser(argv[0], argv[1]).parse_args(argv[2:])
        if not environment.is_fixed(os.environ):
            os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment.fixed(os.environ))
        super().run_from_argv(argv)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with interruptible() as ended_by, temporary_folder("wsauth-storm-"):
                self._storm(options)
        except KeyboardInterrupt:
            self.stderr.write("Interrupted.")
            sys.exit(exit_code(ended_by))
        except (EnvironmentFailed, ImproperlyConfigured) as error:
            raise CommandError(str(error), returncode=ENVIRONMENT) from None

    def _storm(self, options: dict[str, Any]) -> None:
        plan = _plan(options)
        results = storm(plan, progress_on(sys.stderr))
        command = _command(options, plan)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(plan, results, command), indent=2, ensure_ascii=False))
        else:
            report.show(plan, results, command, self.stdout)  # type: ignore[arg-type]
        if options["check"] and not any(map(_is_right, results.rows)):
            if any(map(_is_noise, results.rows)):
                raise EnvironmentFailed(f"the machine is too busy: the same thing twice differs by {TOLERANCE:.0%}")
            self.stderr.write(f"{LATE} was not measured as {DELAY * 1000:g} ms ± {TOLERANCE:.0%}, in time and in CPU.")
            sys.exit(WRONG)
        if not results.passed:
            sys.exit(WRONG)


def _is_right(row: Row) -> bool:
    """Whether the contender of a known price was measured as that, by either clock."""
    measured = (row.added_p50 / 1e6, row.added_cpu / 1e6)
    return row.key == LATE and all(abs(one - DELAY) <= TOLERANCE * DELAY for one in measured)


def _is_noise(row: Row) -> bool:
    """Whether the control may differ from itself by more than what is to be told."""
    return row.key == AGAIN and (row.relative.low < 1 - TOLERANCE or row.relative.high > 1 + TOLERANCE)


def _plan(options: dict[str, Any]) -> Plan:
    try:
        pairs = select(registry.pairs(), options["pairs"])
    except UnknownPair as error:
        raise CommandError(f"--pairs: {error}", returncode=USAGE) from None
    origins = pairs[0].policy.origins if pairs else None
    if not origins:
        raise EnvironmentFailed("the settings serve no pair, or name no origin")
    origin, rate = min(origins), options["open_loop"]
    if options["check"]:
        options = {**options, "concurrency": 1}
    return Plan(
        entries=instrument(origin) if options["check"] else everyone(pairs, origin),
        origin=origin,
        server=options["server"],
        seed=options["seed"] if options["seed"] is not None else secrets.randbelow(10_000),
        concurrency=options["concurrency"],
        blocks=options["blocks"],
        seconds=options["seconds"] or (5.0 if rate else 60.0),
        rate=rate,
        generators=min(options["generators"], options["concurrency"]),
    )


def _command(options: dict[str, Any], plan: Plan) -> str:
    """How to run the same again."""
    parts = ["manage.py storm", f"--server {plan.server}", f"--concurrency {plan.concurrency}"]
    if options["pairs"]:
        parts.append(f"--pairs '{options['pairs']}'")
    if options["check"]:
        parts.append("--check")
    parts.append(f"--open-loop {plan.rate:g}" if plan.rate else f"--blocks {plan.blocks}")
    return " ".join((*parts, f"--seconds {plan.seconds:g}", f"--seed {plan.seed}"))
