"""A command as a person runs it, in a shell that holds something of everything. See `tests.interruptible` too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from tests.interruptible import heed_signals, read_until


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]


def environment(folder: Path, **changes: str) -> dict[str, str]:
    """A shell that holds something of everything, and a temporary folder of its own."""
    (folder / "tmp").mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "COLUMNS")}
    ours = {"DJANGO_SETTINGS_MODULE": "core.settings", "TMPDIR": str(folder / "tmp"), "WSAUTH_DEADLINE": "0.2"}
    return {**kept, **ours, **changes}


def run(folder: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment(folder, **changes),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def begun(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """The same, still running."""
    return subprocess.Popen(
        command(*arguments),
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heed_signals,
    )


def ended_by(process: subprocess.Popen[bytes], number: signal.Signals, phase: str) -> tuple[bytes, bytes]:
    """What it said up to a phase, and what it said to the signal that it then got."""
    try:
        said = read_until(process, phase.encode())
        process.send_signal(number)
        out, rest = process.communicate(timeout=30)
    finally:
        process.kill()
    assert out == b""
    assert b"Traceback" not in said + rest, (said + rest).decode()
    assert b"Interrupted" in rest
    return said, rest
