"""`python -m core.with_postgresql COMMAND …`: runs a command of this project on a PostgreSQL of our own.

Its `DATABASE_URL` is that of an empty database, which is gone when the command has ended. Ends with the command's
exit code, 128 + N where signal N ended it; 2 without a command that can be run, 3 where there is no PostgreSQL.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from .interruption import exit_code, interruptible
from .services.postgresql import PostgreSQL
from .services.programs import ProgramMissing, ServiceFailed
from .services.service import private_folder

USAGE, ENVIRONMENT = 2, 3


def main(arguments: Sequence[str]) -> int:
    if not arguments:
        print("usage: python -m core.with_postgresql COMMAND …, as in: manage.py storm", file=sys.stderr)
        return USAGE
    try:
        with interruptible(once=True) as ended_by, private_folder() as folder, PostgreSQL(folder) as own:
            return _run(arguments, own.url, ended_by)
    except KeyboardInterrupt:
        return exit_code(ended_by)
    except (ProgramMissing, ServiceFailed, OSError) as error:
        print(error, file=sys.stderr)
        return ENVIRONMENT


def _run(arguments: Sequence[str], url: str, ended_by: Sequence[int]) -> int:
    """`….py` by this interpreter, anything else as it is. In a session of its own: a Ctrl-C comes once, from here."""
    python = [sys.executable] if arguments[0].endswith(".py") else []
    environment = {**os.environ, "DATABASE_URL": url}
    try:
        process = subprocess.Popen([*python, *arguments], env=environment, start_new_session=True)  # noqa: S603 (what was asked for)
    except OSError as error:
        print(f"{arguments[0]} can't be run: {error.strerror}", file=sys.stderr)
        return USAGE
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.send_signal(ended_by[0])
        process.wait()
        raise
    return code if code >= 0 else exit_code([-code])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
