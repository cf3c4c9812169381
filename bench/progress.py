"""How far a comparison has come: bars on a terminal, a line a phase elsewhere.

Rule: standard error only, so that standard output holds results and nothing else; no control
characters where nobody sees them, and none under NO_COLOR.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

Step = Callable[[], None]


class Progress(Protocol):
    def phase(self, title: str, steps: int = 1) -> AbstractContextManager[Step]:
        """A phase of so many steps; call what it yields after each."""
        ...


class Lines:
    """A line when a phase begins."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @contextmanager
    def phase(self, title: str, steps: int = 1) -> Iterator[Step]:
        self._stream.write(f"{title} …\n")
        self._stream.flush()
        yield lambda: None


class LiveBars:
    """A bar a phase, left behind when it is over."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream)

    @contextmanager
    def phase(self, title: str, steps: int = 1) -> Iterator[Step]:
        shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Bars(*shown, console=self._console) as bars:
            task = bars.add_task(title, total=steps)
            yield lambda: bars.advance(task)
            bars.update(task, completed=steps)


def progress_on(stream: TextIO) -> Progress:
    """What suits a stream."""
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb" or not stream.isatty()
    return Lines(stream) if plain else LiveBars(stream)
