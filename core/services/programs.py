"""Where the programs of services are, as whom they run, and one that runs to its end."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Sequence
from glob import glob
from typing import Any

SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Debian puts servers here, and leaves these folders out of an ordinary user's PATH."""


class ProgramMissing(Exception):
    """A program isn't installed; the text names its Debian package."""


class ServiceFailed(Exception):
    """A program didn't start, or ended as it shouldn't; the text has the end of what it said."""


def find(program: str, package: str, also: str = "") -> str:
    """The program's path: below the pattern `also`, newest version first, or on the PATH."""
    found = sorted(glob(f"{also}/{program}"), key=_version, reverse=True) if also else []
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS))
    if not (where := next(iter(found), None) or shutil.which(program, path=path)):
        raise ProgramMissing(f"{program} is not installed; it is in the Debian package {package}.")
    return where


def unprivileged() -> pwd.struct_passwd | None:
    """Whom root steps back to; None for everybody else, who runs things as himself."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ProgramMissing("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody.")


def run(name: str, command: Sequence[str], **options: Any) -> str:
    """Runs a program to its end; what it printed. Raises `ServiceFailed`."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        start_new_session=True,
        **options,
    )
    if done.returncode != 0:
        raise ServiceFailed(f"{name} ended with {done.returncode}; it said:\n{end_of(done.stderr)}")
    return done.stdout


def end_of(text: str) -> str:
    return text.strip()[-2000:] or "nothing"


def _version(path: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", path)]
