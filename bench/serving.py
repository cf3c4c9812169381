"""Starts and ends the server process of a comparison."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from select import select

from .worker import APPLICATION, HOST, SERVERS

STARTUP_SECONDS = 30.0
DENIES_WITH_STATUS = {"daphne": False, "uvicorn": True}
"""Whether a server has the denial response extension; the others answer every early refusal with 403."""


class EnvironmentFailed(Exception):
    """The comparison can't run here: a server didn't start, a port or a database wasn't to be had."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    server: str
    host: str
    port: int
    log: Path
    """Its standard error."""
    pid: int


@contextmanager
def serving(server: str, environment: Mapping[str, str], application: str = APPLICATION) -> Iterator[Served]:
    """Runs the application of that module on a free loopback port. `environment` is added to this process's own.

    Raises `EnvironmentFailed` with the end of the server's log when it doesn't come up.
    """
    if server not in SERVERS:
        raise ValueError(f"server must be one of {', '.join(SERVERS)}, not {server!r}")
    with tempfile.TemporaryDirectory(prefix="wsauth-") as folder:
        log = Path(folder) / f"{server}.log"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "bench.worker", server, application],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **environment},
                cwd=Path(__file__).resolve().parent.parent,
                start_new_session=True,  # Ctrl-C is for the comparison, which then ends its server
            )
        try:
            yield Served(server, HOST, _port(process, log), log, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    assert process.stdout is not None
    ready, _, _ = select([process.stdout], [], [], STARTUP_SECONDS)
    line = process.stdout.readline() if ready else b""
    if not line:
        said = log.read_text(errors="replace")[-2000:] or "nothing"
        raise EnvironmentFailed(f"the server did not start within {STARTUP_SECONDS:g} s; it said:\n{said}")
    return int(json.loads(line)["port"])
