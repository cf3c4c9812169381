"""`manage.py compare`: reads the command line, runs the comparison, prints it. See `bench.comparison`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from bench import given, html, terminal
from bench.command import INTERRUPTED, WRONG, MeasuringCommand, add_common, seed_of, served_pairs, usage
from bench.comparison import compare
from bench.given import Given, Unreadable
from bench.plan import SIZES, Plan
from bench.progress import progress_on

HELP = """\
Compares the served pairs of strategy and backend on a real server with a temporary database: which
attempts get in, which are refused, and what each way costs. Writes index.html and results.json."""
EXIT_CODES = f"""\
exit codes:
  0    everything as expected
  1    a wrong verdict, or a measurement whose answer was wrong
  2    usage: an unknown option, value or pair, a file that holds no such run
  3    the environment failed: no database, channel layer or server, no folder for the report
  {INTERRUPTED}"""


class Command(MeasuringCommand):
    help = HELP
    exit_codes = EXIT_CODES
    interrupted = "Interrupted: no report was written."

    def add_arguments(self, parser: CommandParser) -> None:
        size = parser.add_mutually_exclusive_group()
        for name in ("quick", "full"):
            rounds = SIZES[name].rounds
            size.add_argument(
                f"--{name}", dest="size", action="store_const", const=name, help=f"all cases, {rounds} rounds"
            )
        add_common(parser, "the order of measurements")
        parser.add_argument("--report", default="report", metavar="DIR", help="where the report goes (report/)")
        for name, wrote in (("storm", "`storm --json`"), ("kick", "`kick --json`"), ("bench", "`make bench-save`")):
            parser.add_argument(
                f"--{name}",
                action="append",
                default=[],
                metavar="FILE",
                help=f"what {wrote} wrote, to be part of the report; may be given several times",
            )
        parser.add_argument(
            "--reasons", "--why", action="store_true", help="the reason of every cell that is not 'as expected'"
        )

    def measure(self, options: dict[str, Any]) -> None:
        pairs, seed = served_pairs(options), seed_of(options)
        before = Given(*(_given(options, name, read) for name, read in _READERS.items()))
        plan = Plan(SIZES[options["size"] or "default"], pairs, options["server"], seed)
        folder = html.prepare(Path(options["report"]))
        results = compare(plan, progress_on(sys.stderr), _command(options, seed), before)
        html.write(results, folder)
        if options["json"]:
            self.stdout.write(json.dumps(results.as_json(), indent=2, ensure_ascii=False))
        else:
            terminal.show(results, folder, sys.stdout, reasons=options["reasons"])
        if not results.passed:
            sys.exit(WRONG)


_READERS: dict[str, Callable[[Path], Any]] = {"storm": given.storm, "kick": given.kick, "bench": given.bench}
"""In the order of `Given`."""


def _given(options: dict[str, Any], name: str, read: Callable[[Path], Any]) -> list[Any]:
    try:
        return [read(Path(path)) for path in options[name]]
    except Unreadable as error:
        raise usage(f"--{name}: {error}") from None


def _command(options: dict[str, Any], seed: int) -> str:
    """How to run the same again; the report's folder is nobody's business."""
    size = f" --{options['size']}" if options["size"] else ""
    pairs = f" --pairs '{options['pairs']}'" if options["pairs"] else ""
    return f"manage.py compare{size}{pairs} --server {options['server']} --seed {seed}"
