"""The lab as it runs past one machine, in one command. See `core.cluster`."""

import argparse
import os
import re
import sys
from argparse import RawDescriptionHelpFormatter
from importlib.util import find_spec
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from core import cluster, launch
from core.interruption import exit_code, interruptible
from core.management.commands.serve import port_number
from core.services.ports import free_port, is_free
from core.services.programs import ProgramMissing, ServiceFailed

USAGE, ENVIRONMENT = 2, 3
MOST_PROCESSES = 16

HELP = """\
Serves the lab by several daphne processes behind nginx, with a PostgreSQL and a Redis of their own, unless
DATABASE_URL and REDIS_URL name others. On loopback only, and nothing of it stays. Not for production."""
EXIT_CODES = """\
exit codes:
  2    usage: an unknown option, a bad value, a DATABASE_URL that several machines can't share
  3    the environment failed: a program is missing, a port is taken, a service didn't start or has ended
  130  Ctrl-C; 143: terminated"""


class Command(BaseCommand):
    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, epilog=EXIT_CODES, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port", type=port_number, default=8080, help="nginx's; 0 takes a free one (default: 8080)"
        )
        parser.add_argument(
            "--processes", type=_processes, default=cluster.PROCESSES, metavar="N", help="daphnes (default: 2)"
        )
        parser.add_argument(
            "--application",
            type=_application,
            default=cluster.APPLICATION,
            metavar="MODULE:NAME",
            help=f"what they serve (default: {cluster.APPLICATION})",
        )

    def handle(self, *args: Any, port: int, processes: int, application: str, **options: Any) -> None:
        if os.environ.get("DATABASE_URL") and connection.vendor == "sqlite":
            raise CommandError(
                "DATABASE_URL names a file of SQLite, which one machine keeps for itself; "
                "name a PostgreSQL, or leave it empty for one of the cluster's own.",
                returncode=USAGE,
            )
        if port and not is_free(port):
            raise CommandError(f"Port {port} can't be used: somebody listens there.", returncode=ENVIRONMENT)
        try:
            with interruptible(once=True) as ended_by:
                self._run(port or free_port(), processes, application)
        except KeyboardInterrupt:
            sys.exit(exit_code(ended_by))
        except (ProgramMissing, ServiceFailed, OSError) as error:
            raise CommandError(str(error), returncode=ENVIRONMENT) from None

    def _run(self, port: int, processes: int, application: str) -> None:
        environment = launch.environment(port)
        with cluster.running(environment, port=port, processes=processes, application=application) as found:
            self._announce(found)
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)  # until one of them ends, which none of them should
            raise ServiceFailed(cluster.ended(found.services))

    def _announce(self, found: cluster.Cluster) -> None:
        addresses = ", ".join(one.url for one in found.processes)
        self.stdout.write(f"The lab is at {found.url}/ (Ctrl-C stops it)")
        self.stdout.write(f"  {len(found.processes)} processes: {addresses}")
        for store in found.stores:
            self.stdout.write(f"  {store.name} of its own: {store.url}")
        self.stdout.write(f"  logs: {found.folder}/*/log")
        self.stdout.flush()


def _processes(text: str) -> int:
    count = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= count <= MOST_PROCESSES:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes; give one from 1 to {MOST_PROCESSES}")
    return count


def _application(text: str) -> str:
    module, _, name = text.partition(":")
    if not re.fullmatch(r"[A-Za-z_][\w.]*", module, re.ASCII) or not name.isidentifier() or not _is_there(module):
        raise argparse.ArgumentTypeError(f"{text!r} names no application; give module:name, as {cluster.APPLICATION}")
    return text


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False
