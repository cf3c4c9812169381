"""`manage.py kick`: reads the command line, measures, prints. See `bench.kick`."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from bench.command import INTERRUPTED, WRONG, MeasuringCommand, number, origin_of, usage
from bench.kick import report
from bench.kick.rig import LAYERS
from bench.kick.run import Plan, kick
from bench.progress import progress_on
from bench.worker import SERVERS
from strategies import registry

HELP = """\
How long a log-out takes to end all connections that it concerns: so many of them over so many server processes, the
log-out at a process of its own (in memory: at the same). Loopback only; ends by itself."""
EXIT_CODES = f"""\
exit codes:
  0    every connection was told, and ended with 4410
  1    one was not
  2    usage: an unknown option or value
  3    the environment failed: no database, no Redis, no server
  {INTERRUPTED}"""
PAIR = ("querystring", "authtoken")
"""Its log-out deletes a row, which every connection of the user was opened by."""


class Command(MeasuringCommand):
    help = HELP
    exit_codes = EXIT_CODES

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("--connections", type=number(int, below=10_001), default=1_000, metavar="N", help="of all processes (1000)")
        add("--processes", type=number(int, below=17), default=2, metavar="N", help="with connections (2)")
        add("--layer", choices=LAYERS, help="default: memory for one process, pubsub for more")
        add("--rounds", type=number(int, below=101), default=6, metavar="N", help="log-outs (6)")
        add("--server", choices=SERVERS, default="daphne", help="default: daphne")
        add("--json", action="store_true", help="results on standard output, and nothing else there")

    def measure(self, options: dict[str, Any]) -> None:
        plan = _plan(options)
        results = kick(plan, progress_on(sys.stderr))
        command = _command(plan)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(plan, results, command), indent=2, ensure_ascii=False))
        else:
            report.show(plan, results, command, self.stdout)
        if not results.passed:
            sys.exit(WRONG)


def _plan(options: dict[str, Any]) -> Plan:
    pair, processes = registry.pair(*PAIR), int(options["processes"])
    layer = options["layer"] or ("memory" if processes == 1 else "pubsub")
    if layer == "memory" and processes > 1:
        raise usage(f"--layer memory reaches one process, not {processes}; choose pubsub or queues")
    return Plan(
        pair=pair,
        origin=origin_of((pair,)),
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
