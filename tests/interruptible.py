"""For commands that a test interrupts: how they are started, waited for, and what they may leave behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any


def heed_signals() -> None:
    """As `preexec_fn`: the command heeds signals however the suite was started.

    A job in the background of a script ignores SIGINT. Its children inherit that, and Python then leaves
    Ctrl-C alone.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def read_until(process: subprocess.Popen[Any], phase: bytes) -> bytes:
    """Standard error up to the line that announces a phase."""
    assert process.stderr
    said = b""
    while phase not in said:
        ready, _, _ = select.select([process.stderr], [], [], 60)
        chunk = os.read(process.stderr.fileno(), 4096) if ready else b""
        assert chunk, f"ended before {phase!r}: {said!r}"
        said += chunk
    return said


def nothing_left(folder: Path) -> None:
    """No temporary file, and no process that was given this temporary folder.

    A server that was only just started ends by itself, when its standard input does: a moment later.
    """
    assert list((folder / "tmp").iterdir()) == []
    patience = time.monotonic() + 10
    while (left := processes(folder)) and time.monotonic() < patience:
        time.sleep(0.02)
    assert left == []


def processes(folder: Path) -> list[Path]:
    mark = f"TMPDIR={folder / 'tmp'}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in process.read_bytes().split(b"\0"):
                found.append(process)
    return found
