"""Where the programs of services are, and as whom they run."""

from __future__ import annotations

import os
import pwd
import re
import shutil
from glob import glob

SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Debian puts servers here, and leaves these folders out of an ordinary user's PATH."""


class ProgramMissing(Exception):
    """A program isn't installed; the text names its Debian package."""


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


def _version(path: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", path)]
