"""`manage.py storm`: reads the command line, lets the storm loose, prints its table. See `bench.storm`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandParser

from bench.command import (
    INTERRUPTED,
    WRONG,
    MeasuringCommand,
    add_common,
    ascending,
    number,
    origin_of,
    seed_of,
    served_pairs,
)
from bench.lineup import AGAIN
from bench.progress import progress_on
from bench.serving import EnvironmentFailed
from bench.storm import kinds, report
from bench.storm.figures import Row
from bench.storm.files import make_room
from bench.storm.lineup import DELAY, LATE, everyone, instrument
from bench.storm.load import Plan, storm
from bench.storm.memory import SIZES

TOLERANCE = 0.1

HELP = """\
Many handshakes at once against a real server with a temporary database: what each pair, the tutorial's
middleware and Channels' own stack cost beside no authentication at all. Or, instead: what an idle connection
holds, how everybody comes back who was cut off, how bad credentials are refused, what a handshake takes. Loopback
only; ends by itself."""
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
            help="no round begins later (60); open loop: of each contender and rate (5, or enough for a p99; from 5 on "
            "divided into turns); "
            "reconnect: until it is given up (60)",
        )
        parser.add_argument("--generators", type=count, default=1, metavar="N", help="processes that make the load (1)")
        self._add_kinds(parser)

    def _add_kinds(self, parser: CommandParser) -> None:
        sizes = ",".join(map(str, SIZES))
        kind = parser.add_argument_group("what is measured instead").add_mutually_exclusive_group()
        kind.add_argument(
            "--open-loop",
            type=ascending(number(float)),
            metavar="RATES",
            help="arrivals a second that wait for nobody; several, as 100,200,400, show where it bends",
        )
        kind.add_argument("--memory", action="store_true", help="what an idle connection holds of the server's memory")
        kind.add_argument(
            "--reconnect", type=number(int), metavar="N", help="so many idle connections are cut off and come back"
        )
        kind.add_argument("--refusals", action="store_true", help="bad credentials of each kind, many at once")
        kind.add_argument("--counts", action="store_true", help="queries, thread hops, round trips, bytes a handshake")
        kind.add_argument(
            "--check", action="store_true", help="the instrument itself: is what takes 1 ms longer measured as that?"
        )
        more = parser.add_argument_group("with one of these")
        more.add_argument(
            "--slo", type=number(float), default=100.0, metavar="MS", help="open loop: p99 to be kept, in ms (100)"
        )
        more.add_argument(
            "--sizes",
            type=ascending(number(int), least=2),
            default=SIZES,
            metavar="LIST",
            help=f"memory: connections at each reading ({sizes})",
        )
        more.add_argument(
            "--jitter",
            type=number(float),
            default=0.0,
            metavar="S",
            help="reconnect: each client waits up to so many seconds (0)",
        )
        more.add_argument(
            "--idle", type=number(float), default=2.0, metavar="S", help="reconnect: seconds before the cut (2)"
        )

    def measure(self, options: dict[str, Any]) -> None:
        plan = _plan(options)
        make_room(kinds.most_connections(options))
        results = storm(plan, progress_on(sys.stderr), kinds.chosen(options))
        command = _command(options, plan)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(plan, results, command), indent=2, ensure_ascii=False))
        else:
            report.show(plan, results, command, self.stdout)
        if options["check"] and not any(map(_is_right, results.rows)):
            if any(map(_is_noise, results.rows)):
                raise EnvironmentFailed(f"the machine is too busy: the same thing twice differs by {TOLERANCE:.0%}")
            self.stderr.write(f"{LATE} was not measured as {DELAY * 1000:g} ms ± {TOLERANCE:.0%}, in time and in CPU.")
            sys.exit(WRONG)
        if not results.passed:
            sys.exit(WRONG)


def _is_right(row: Row) -> bool:
    """Whether the contender of a known price was measured as that, by either clock."""
    measured = (row.added_p50, row.added_cpu)
    return row.key == LATE and all(one is not None and abs(one / 1e6 - DELAY) <= TOLERANCE * DELAY for one in measured)


def _is_noise(row: Row) -> bool:
    """Whether the control may differ from itself by more than what is to be told."""
    same = row.relative if row.key == AGAIN else None
    return same is not None and (same.low < 1 - TOLERANCE or same.high > 1 + TOLERANCE)


def _plan(options: dict[str, Any]) -> Plan:
    pairs = served_pairs(options)
    origin = origin_of(pairs)
    if options["check"]:
        options = {**options, "concurrency": 1}
    return Plan(
        entries=instrument(origin) if options["check"] else everyone(pairs, origin),
        origin=origin,
        server=options["server"],
        seed=seed_of(options),
        concurrency=options["concurrency"],
        blocks=options["blocks"],
        seconds=options["seconds"] or 60.0,
        generators=min(options["generators"], options["concurrency"]),
    )


def _command(options: dict[str, Any], plan: Plan) -> str:
    """How to run the same again."""
    words = ["manage.py storm", f"--server {plan.server}", f"--concurrency {plan.concurrency}"]
    words += [f"--pairs '{options['pairs']}'"] if options["pairs"] else []
    words += [f"--generators {plan.generators}"] if plan.generators > 1 else []
    words += _kind(options)
    words += [f"--seconds {options['seconds']:g}"] if options["seconds"] else []
    return " ".join((*words, f"--seed {plan.seed}"))


def _kind(options: dict[str, Any]) -> list[str]:
    if options["open_loop"]:
        return [f"--open-loop {_listed(options['open_loop'])}", f"--slo {options['slo']:g}"]
    if options["memory"]:
        return [f"--memory --sizes {_listed(options['sizes'])}"]
    if options["reconnect"]:
        jitter = [f"--jitter {options['jitter']:g}"] if options["jitter"] else []
        return [f"--reconnect {options['reconnect']}", f"--idle {options['idle']:g}", *jitter]
    blocks = [] if options["refusals"] or options["counts"] else [f"--blocks {options['blocks']}"]
    return [*(f"--{name}" for name in ("refusals", "counts", "check") if options[name]), *blocks]


def _listed(numbers: Sequence[float]) -> str:
    return ",".join(f"{one:g}" for one in numbers)
