"""A control connection: one user who was let in before, and whose echo tells how the server fares meanwhile."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from types import TracebackType
from typing import Self

from bench.client import Client, Ended
from bench.lineup import Entry
from bench.serving import Served
from strategies.conformance import Sample

PAUSE = 0.01
"""Seconds between an answer and the next question."""
QUIET = 0.5
"""Seconds that are watched before and after."""
PATIENCE = 10.0
"""Seconds after which a server has not recovered."""
_ECHO = json.dumps({"command": "echo", "data": "there?"})


class Lost(Exception):
    """The control connection ended: the message says how."""


class Watch:
    """Runs beside a load, in a thread that mostly waits. A context manager, which ends it."""

    def __init__(self, served: Served, entry: Entry, sample: Sample, origin: str) -> None:
        self._client = Client(served.host, served.port)
        try:
            self._client.present(entry.path, entry.client(sample.token), origin)
            proven = self._client.receive_ready().get("user") == sample.username
        except Ended as ended:
            raise Lost(f"refused ({ended})") from None
        if not proven:
            self._client.__exit__()
            raise Lost("got in as somebody else")
        self._end = threading.Event()
        self._answered = threading.Condition()
        self._samples: list[tuple[float, float]] = []
        self._lost: str | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._end.set()
        self._thread.join()
        self._client.__exit__()

    def for_a_while(self) -> list[float]:
        """The seconds that each answer took from now on, for `QUIET` seconds. Raises `Lost`."""
        start = perf_counter()
        self._wait(lambda: perf_counter() - start > QUIET)
        return self.between(start, perf_counter())

    def recovered(self, since: float, usual: float) -> float | None:
        """Seconds from then until an answer came as quickly as usual; waits for one, and is None when none comes.

        Raises `Lost`.
        """

        def quick() -> Iterator[float]:
            return (asked + took for asked, took in self._samples if asked + took >= since and took <= usual)

        self._wait(lambda: any(quick()) or perf_counter() - since > PATIENCE)
        return next((at - since for at in quick()), None)

    def between(self, start: float, end: float) -> list[float]:
        """The seconds that answers took that were asked for in that time."""
        return [took for asked, took in self._samples if start <= asked <= end]

    def _wait(self, condition: Callable[[], bool]) -> None:
        """Looks again after each answer."""
        with self._answered:
            self._answered.wait_for(lambda: self._lost is not None or condition())
        if self._lost is not None:
            raise Lost(self._lost)

    def _run(self) -> None:
        while not self._end.wait(PAUSE):
            asked = perf_counter()
            try:
                self._client.say(_ECHO)
                self._client.receive()
            except (Ended, OSError) as error:
                self._lost = str(error) or type(error).__name__
            with self._answered:
                self._samples.append((asked, perf_counter() - asked))
                self._answered.notify_all()
            if self._lost is not None:
                return


def millis(seconds: list[float]) -> float | None:
    """The median of a few, in milliseconds."""
    return median(seconds) * 1000 if seconds else None
