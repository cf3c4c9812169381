"""Commands that leave nothing behind, however they are told to end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_ENDS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible(*, once: bool = False) -> Iterator[list[int]]:
    """SIGTERM and a terminal that closes end a command as Ctrl-C does; the list says which it was.

    What the command was started to ignore stays ignored: the terminal's end under `nohup`, Ctrl-C as a job in
    the background of a script.

    `once`: whatever comes after the first is ignored, since it would interrupt the tidying up. Not for commands
    that run an event loop: asyncio ends it in order only where SIGINT has Python's own handler.
    """
    ended_by: list[int] = []

    def as_ctrl_c(number: int, _: object) -> None:
        ended_by.append(number)
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)

    def end(number: int, _: object) -> None:
        for one in (signal.SIGINT, *_ENDS):
            signal.signal(one, signal.SIG_IGN)
        ended_by.append(number)
        raise KeyboardInterrupt

    handlers = dict.fromkeys((signal.SIGINT, *_ENDS), end) if once else dict.fromkeys(_ENDS, as_ctrl_c)
    heeded = [one for one in handlers if signal.getsignal(one) is not signal.SIG_IGN]
    before = {one: signal.signal(one, handlers[one]) for one in heeded}
    try:
        yield ended_by
    finally:
        for one, earlier in before.items():
            signal.signal(one, earlier)


def exit_code(ended_by: list[int]) -> int:
    """As a shell says it: 130 for Ctrl-C, 143 for SIGTERM."""
    return 128 + (ended_by[0] if ended_by else signal.SIGINT)
