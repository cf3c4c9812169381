"""`manage.py capacity`: reads the command line, computes or simulates, prints it. See `bench.capacity`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import connection

from bench.capacity import report
from bench.capacity.assumptions import Assumptions, add_assumptions
from bench.capacity.check import TOLERANCE, check
from bench.capacity.figures import BadFigures, Figure, Figures, load, read
from bench.capacity.lookups import lookup
from bench.capacity.scenario import BEFORE, DEADLINE, LARGEST_CROWD, Outcome, Scenario
from bench.capacity.simulation import simulate
from bench.capacity.sizing import Need, need
from bench.command import (
    INTERRUPTED,
    WRONG,
    MeasuringCommand,
    add_common,
    number,
    origin_of,
    seed_of,
    served_pairs,
    usage,
)
from bench.plan import UnknownPair, select
from bench.progress import progress_on
from bench.serving import EnvironmentFailed
from bench.storm import report as storm_report
from bench.storm.lineup import everyone
from bench.storm.load import Plan, storm
from bench.worker import BACKLOG
from strategies.backends.batching import LARGEST

BLOCKS = 8
"""Of the short storm that measures what no file tells."""

HELP = """\
What a deployment needs per pair: processes, cores, memory, database and Redis operations, from the figures of a
storm and assumptions that are printed, each with its flag. Or a simulated reconnect storm, over so many processes."""
EXIT_CODES = f"""\
exit codes:
  0    computed; with --check: the simulation is near enough to reality
  1    a wrong answer in the storm that was to be measured; with --check: the simulation is off
  2    usage: an unknown option, value or pair, or a file that holds no figures
  3    the environment failed: no database, no server, a machine too busy for --check
  {INTERRUPTED}"""


class Command(MeasuringCommand):
    help = HELP
    exit_codes = EXIT_CODES

    def add_arguments(self, parser: CommandParser) -> None:
        add_common(parser, "measurement and simulation")
        parser.add_argument(
            "--figures",
            metavar="FILE",
            type=Path,
            nargs="+",
            help="what storm --json printed, and with --memory and --counts; else a short storm is run",
        )
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--simulate", action="store_true", help="simulate that everybody comes back")
        what.add_argument("--check", action="store_true", help="the simulation itself, against a real storm")
        parser.add_argument(
            "--processes", type=number(int), metavar="N", help="of the simulation; by default what is needed"
        )
        parser.add_argument("--backlog", type=number(int), default=BACKLOG, metavar="N", help=f"({BACKLOG:,})")
        parser.add_argument(
            "--jitter",
            type=number(float, above=-1e-9),
            default=0.0,
            metavar="S",
            help="clients come back at random moments within it, and draw their backoff (0: all in one instant)",
        )
        add_assumptions(parser)

    def measure(self, options: dict[str, Any]) -> None:
        options = {**options, "seed": seed_of(options)}
        if options["check"]:
            self._check(options)
            return
        given, figures = Assumptions.of(options), _figures(options)
        needs = [need(one, given) for one in figures.rows]
        simulated = _simulated(figures, needs, given, options) if options["simulate"] else []
        if options["json"]:
            self._print_json(report.as_json(figures, needs, given, simulated), options)
            return
        self.stdout.write(_command(options))
        if simulated:
            report.show_simulated(simulated, self.stdout)
        else:
            report.show_needs(figures, needs, given, self.stdout)

    def _check(self, options: dict[str, Any]) -> None:
        pairs = served_pairs(options)[:1]
        entry = next(one for one in everyone(pairs, origin_of(pairs)) if one.pair)
        plan = Plan((entry,), origin_of(pairs), options["server"], options["seed"])
        waits = 0.0 if connection.vendor == "sqlite" else options["query_ms"] / 1000
        found = check(plan, entry, progress_on(sys.stderr), waits * lookup(entry.key).statements)
        if options["json"]:
            self._print_json(report.checked_json(found), options)
        else:
            self.stdout.write(_command(options))
            report.show_checked(found, self.stdout)
        if found.is_noise:
            raise EnvironmentFailed("the machine is too busy: the server had no core to itself, or its storms differ")
        if not found.passed:
            self.stderr.write(f"The simulation is off by more than {TOLERANCE:.0%}.")
            sys.exit(WRONG)

    def _print_json(self, told: dict[str, Any], options: dict[str, Any]) -> None:
        self.stdout.write(json.dumps({"command": _command(options), **told}, indent=2, ensure_ascii=False))


def _figures(options: dict[str, Any]) -> Figures:
    """Those of the files, or of a storm of now."""
    paths = options["figures"]
    if paths is None:
        return _measured(options)
    try:
        figures = load(paths)
        return replace(figures, rows=select(figures.rows, options["pairs"]))
    except BadFigures as error:
        raise usage(f"--figures: {error}") from None
    except UnknownPair as error:
        raise usage(f"--pairs: {error}") from None


def _measured(options: dict[str, Any]) -> Figures:
    pairs = served_pairs(options)
    origin = origin_of(pairs)
    plan = Plan(everyone(pairs, origin), origin, options["server"], options["seed"], blocks=BLOCKS)
    results = storm(plan, progress_on(sys.stderr))
    if not results.passed:
        wrong = sorted(row.key for row in results.rows if row.failures)
        sys.stderr.write(f"Wrong answers in the storm: {', '.join(wrong)}. See manage.py storm.\n")
        sys.exit(WRONG)
    return read(json.loads(json.dumps(storm_report.as_json(plan, results, ""))))


def _simulated(
    figures: Figures, needs: list[Need], given: Assumptions, options: dict[str, Any]
) -> list[tuple[str, Scenario, Outcome]]:
    scenarios = [
        _scenario(figures, figure, options["processes"] or one.processes, given, options)
        for figure, one in zip(figures.rows, needs, strict=True)
    ]
    found = []
    with progress_on(sys.stderr).phase("Simulating", len(scenarios)) as done:
        for figure, scenario in zip(figures.rows, scenarios, strict=True):
            found.append((figure.key, scenario, simulate(scenario)))
            done()
    return found


def _scenario(
    figures: Figures, figure: Figure, processes: int, given: Assumptions, options: dict[str, Any]
) -> Scenario:
    if given.connections > LARGEST_CROWD * processes:
        raise usage(
            f"--processes {processes}: {given.connections:,} connections are more than {LARGEST_CROWD:,} of one "
            f"process, which is what is simulated at most"
        )
    asks = lookup(figure.key)
    return Scenario(
        clients=given.connections,
        processes=processes,
        cpu=figure.cpu,
        query=given.query_ms / 1000 * asks.statements,
        batch=LARGEST if asks.batched else 1,
        before=BEFORE[figures.server],
        backlog=options["backlog"],
        deadline=DEADLINE[figures.server],
        jitter=max(0.0, options["jitter"]),
        seed=options["seed"],
    ).excerpt()


def _command(options: dict[str, Any]) -> str:
    """How to run the same again; where the figures are is nobody's business."""
    parts = ["manage.py capacity"]
    parts += [f"--{name}" for name in ("check", "simulate") if options[name]]
    parts += [f"--pairs '{options['pairs']}'"] if options["pairs"] else []
    names = " ".join(path.name for path in options["figures"] or ())
    parts += [f"--figures {names}"] if names else [f"--server {options['server']}"]
    parts += [f"--processes {options['processes']}"] if options["processes"] else []
    parts += [f"--jitter {options['jitter']:g}"] if options["jitter"] > 0 else []
    parts += [f"--backlog {options['backlog']}"] if options["backlog"] != BACKLOG else []
    parts += Assumptions.of(options).changed()
    return " ".join((*parts, f"--seed {options['seed']}"))
