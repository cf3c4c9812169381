"""How long a handshake may take: its client's deadline, and how long its backend may be silent.

A process that is busy is not a backend that hangs, and everybody who comes back at once makes a process busy:

- Time passes in steps, each of them a turn of the event loop at least. What the loop had no time to read is not late.
- A backend that answers somebody is not silent. Who waits for it meanwhile is queueing, up to `LONGEST`.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

STEPS = 5
LONGEST = 20
"""Times the deadline: its end, whoever is answered meanwhile. Nobody waits for ever in a flood; but whoever is refused
after his wait comes again, so that a storm that takes longer than this would never end."""


class Pulse:
    """How often a backend has answered, whatever it said: a context manager around each wait for it.

    Rule: what it says at once, without asking anybody, is no answer. A forged token keeps no database alive.
    """

    __slots__ = ("beats",)

    def __init__(self) -> None:
        self.beats = 0

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """An exception of its own is an answer, an interruption is none."""
        if kind is None or issubclass(kind, Exception):
            self.beats += 1


class Deadline:
    """Of one handshake, from now on. It costs no timer before something waits, and may end several, one by one."""

    __slots__ = ("_asked", "_end", "_handle", "_left", "_loop", "_next", "_seen", "_step", "pulse")

    def __init__(self, seconds: float, pulse: Pulse) -> None:
        self.pulse = pulse
        self._loop = asyncio.get_running_loop()
        self._step = seconds / STEPS
        self._next = self._loop.time() + self._step
        self._end = self._loop.time() + seconds * LONGEST
        self._left = STEPS
        self._asked = False
        self._seen = 0
        self._handle: asyncio.TimerHandle | None = None

    @property
    def step(self) -> float:
        """Seconds."""
        return self._step

    def ends(self, timer: asyncio.Timeout, *, asks: bool = False) -> None:
        """`timer` ends when it is too late; `asks`: from now on it is the backend that is waited for."""
        self._asked, self._seen = asks, self.pulse.beats
        self._handle = self._loop.call_at(self._next, self._passed, timer)

    def rests(self) -> None:
        """No timer is to be ended any more, or none yet."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _passed(self, timer: asyncio.Timeout) -> None:
        """A step."""
        beats, now = self.pulse.beats, self._loop.time()
        self._left = STEPS if self._asked and beats != self._seen else self._left - 1
        self._seen = beats
        if self._left > 0 and now < self._end:
            self._next = now + self._step
            self._handle = self._loop.call_at(self._next, self._passed, timer)
        elif not timer.expired():  # else it was interrupted, and is about to end
            timer.reschedule(now)
