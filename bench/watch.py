"""What else happened while something was measured: the state of the machine, and who used its processors."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .results import Rig
from .storm.clocks import cpu_clock
from .storm.host import state


@contextmanager
def watched(pid: int) -> Iterator[Callable[[], Rig]]:
    """Watches this process and the server of that number; the answer is to be had when all is over."""
    clock = cpu_clock(pid)
    before, client, server = state(), time.process_time(), clock()
    found: list[Rig] = []
    yield lambda: found[0]
    client, server = time.process_time() - client, clock() - server
    found.append(Rig(**before.until(state()), client_share=round(client / max(client + server, 1e-9), 3)))
