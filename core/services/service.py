"""A service: a program in a private folder, on a loopback port that it keeps when it is started again.

Rules: a service is signalled by its process id and those of its children, never by a name. It counts as
started when it has answered, not when it runs. It has a session of its own: a Ctrl-C is for whoever
started it, who then ends it in the right order.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar, Self

from .ports import HOST, free_port, is_free
from .processes import children, killed, send
from .programs import ServiceFailed, end_of, find

STARTUP_SECONDS = 30.0
END_SECONDS = 10.0
_PAUSE = 0.02
"""Between two questions whether it answers."""


class Service(ABC):
    """Use it as a context: started at the beginning, ended at the end."""

    name: ClassVar[str]
    ends_by: ClassVar[signal.Signals] = signal.SIGTERM
    """What makes it end at once and in order."""

    needs: ClassVar[tuple[str, ...]] = ()
    """Programs, which are in a Debian package."""
    package: ClassVar[str] = ""
    where: ClassVar[str] = ""
    """A pattern of the folders in which its programs are, if not on the PATH."""

    @classmethod
    def programs(cls) -> dict[str, str]:
        """Where each is. Raises `ProgramMissing`."""
        return {name: find(name, cls.package, cls.where) for name in cls.needs}

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self._programs = self.programs()
        self.folder = folder / f"{self.name}-{free_port()}"
        self.folder.mkdir()
        self.port = int(self.folder.name.rpartition("-")[2])
        self.log = self.folder / "log"
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str: ...

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def obituary(self) -> str:
        """What it ended with, and the last that it said."""
        code = None if self._process is None else self._process.poll()
        return f"{self.name} ended with {code}; it said:\n{self._said()}"

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or not self.runs:
            raise ServiceFailed(f"{self.name} does not run")
        return self._process

    # ── what a service of a kind says of itself ──────────────────────────────────────────────────

    @abstractmethod
    def _command(self) -> Sequence[str]:
        """Its program in the foreground, on its port, with everything that it writes in its folder."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether it answers a client now."""

    def _options(self) -> dict[str, Any]:
        """More for its process: as whom it runs, which descriptors it inherits."""
        return {}

    # ── what can be done with it ─────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """The first time or again, on the same port and with the same data. Returns when it answers."""
        if not is_free(self.port):  # or somebody else's answer would be taken for its own
            raise ServiceFailed(f"{self.name} can't start: port {self.port} is in use")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._options(),
            )
        self._await_answer()

    def stop(self) -> None:
        """Freezes it, children included: it holds its connections and says nothing (SIGSTOP)."""
        process = self._running
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)  # from here on it has no new children
        send(children(process.pid), signal.SIGSTOP)

    def resume(self) -> None:
        """After `stop` (SIGCONT). Returns when it answers."""
        self._continue()
        self._await_answer()

    def kill(self) -> None:
        """Ends it as a crash does, children included (SIGKILL). Returns when all of them are gone."""
        process = self._running
        self.stop()
        with killed(children(process.pid)):
            process.kill()
            process.wait()

    def end(self) -> None:
        """In order, or as a crash when that takes too long. Nothing, where it has ended already."""
        if self._process is None or not self.runs:
            return
        self._continue()
        self._process.send_signal(self.ends_by)
        try:
            self._process.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _continue(self) -> None:
        pid = self._running.pid
        send((*children(pid), pid), signal.SIGCONT)

    def _await_answer(self) -> None:
        process, deadline = self._running, time.monotonic() + STARTUP_SECONDS
        while not self._answers():
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=_PAUSE)
                raise ServiceFailed(self.obituary)
            if time.monotonic() > deadline:
                raise ServiceFailed(f"{self.name} did not answer in {STARTUP_SECONDS:g} s; it said:\n{self._said()}")

    def _said(self) -> str:
        return end_of(self.log.read_text(errors="replace"))


@contextmanager
def private_folder() -> Iterator[Path]:
    """For the folders of services. Whoever they run as may pass through it, and list nothing."""
    with tempfile.TemporaryDirectory(prefix="wsauth-", ignore_cleanup_errors=True) as folder:
        path = Path(folder)
        path.chmod(0o711)
        yield path


def address(port: int) -> str:
    return f"{HOST}:{port}"
