"""The lab on this machine, in one command: migrated, served by daphne, page and static files included."""

import argparse
import os
import socket
import sys
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.db import connection

from core.launch import environment
from core.services.daphne import BACKLOG, HANDSHAKE_SECONDS
from core.services.ports import HOST


class Command(BaseCommand):
    help = "Migrates the database and serves the lab on this machine, static files included. Not for production."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=port_number, default=8000, help="0 takes a free one (default: 8000)")

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        # The socket comes first: a port in use is known before the database is touched, and a free
        # one that was taken (port 0) can be printed.
        if connection.vendor == "sqlite" and connection.is_in_memory_db():
            raise CommandError(
                "DATABASE_URL names no file: a database in memory ends with the process that migrates it."
            )
        with listen(port) as listener:
            port = listener.getsockname()[1]
            try:
                call_command("migrate", interactive=False, verbosity=0)
                empty = not get_user_model().objects.exists()
            except DatabaseError as error:
                raise CommandError(f"The database can't be used: {error}") from error
            self.announce(port, empty)
            become_daphne(listener, port)

    def announce(self, port: int, empty: bool) -> None:
        self.stdout.write(f"The lab is at http://{HOST}:{port}/ (Ctrl-C stops it)")
        if empty:
            self.stdout.write("Nobody can log in yet: manage.py createsuperuser makes the first user.")
        self.stdout.flush()


def port_number(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; give a number from 0 to 65535")
    return port


def listen(port: int) -> socket.socket:
    """Loopback only: the lab's defaults (DEBUG, its secret key) are for nobody else's eyes."""
    try:
        return socket.create_server((HOST, port), backlog=BACKLOG)
    except OSError as error:
        raise CommandError(f"Port {port} can't be used: {os.strerror(error.errno or 0)}.") from None


def become_daphne(listener: socket.socket, port: int) -> None:
    """Replaces this process by daphne on `listener`: nothing is left in between that a Ctrl-C could orphan."""
    listener.set_inheritable(True)
    daphne = [sys.executable, "-m", "daphne", "--fd", str(listener.fileno()), "-v", "0", "--access-log", "-"]
    arguments = [*daphne, "--websocket_connect_timeout", str(HANDSHAKE_SECONDS), "core.standalone:application"]
    os.execve(sys.executable, arguments, environment(port))  # noqa: S606 (our own interpreter)
