"""`manage.py storm`: reads the command line, lets the storm loose, prints its table. See `bench.storm`."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from bench.command import INTERRUPTED, WRONG, MeasuringCommand, add_common, number, origin_of, seed_of, served_pairs
from bench.lineup import AGAIN
from bench.progress import progress_on
from bench.serving import EnvironmentFailed
from bench.storm import report
from bench.storm.figures import Row
from bench.storm.lineup import DELAY, LATE, everyone, instrument
from bench.storm.load import Plan, storm

TOLERANCE = 0.1

HELP = """\
Many handshakes at once against a real server with a temporary database: what each pair, the tutorial's
middleware and Channels' own stack cost beside no authentication at all. Loopback only; ends by itself."""
EXIT_CODES = f"""\
exit codes:
  0    every answer was right
  1    a wrong answer: its measurement means nothing
  2    usage: an unknown option, value or pair
  3    the environment failed: no database, channel layer or server, a machine too busy for --check
  {INTERRUPTED}"""


class Command(MeasuringCommand):
    help = HELP
    exit_codes = EXIT_CODES

    def add_arguments(self, parser: CommandParser) -> None:
        count = number(int)
        add_common(parser, "order and arrivals")
        parser.add_argument("--concurrency", type=count, default=64, metavar="N", help="handshakes at once (64)")
        parser.add_argument("--blocks", type=count, default=20, metavar="N", help="blocks of each contender (20)")
        parser.add_argument(
            "--seconds",
            type=number(float),
            metavar="S",
            help="no round begins later (60); open loop: of each contender (5)",
        )
        parser.add_argument(
            "--open-loop", type=number(float), metavar="RATE", help="arrivals a second that wait for nobody, instead"
        )
        parser.add_argument("--generators", type=count, default=1, metavar="N", help="processes that make the load (1)")
        parser.add_argument(
            "--check", action="store_true", help="the instrument itself: is what takes 1 ms longer measured as that?"
        )

    def measure(self, options: dict[str, Any]) -> None:
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
    pairs = served_pairs(options)
    origin, rate = origin_of(pairs), options["open_loop"]
    if options["check"]:
        options = {**options, "concurrency": 1}
    return Plan(
        entries=instrument(origin) if options["check"] else everyone(pairs, origin),
        origin=origin,
        server=options["server"],
        seed=seed_of(options),
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
