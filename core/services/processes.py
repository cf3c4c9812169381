"""Processes and their children, by id. Linux only, as the services' packages are."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from select import select

import psutil


def children(pid: int) -> list[int]:
    """All of them, grandchildren included; none where the process is gone."""
    with suppress(psutil.NoSuchProcess):
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return []


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """To those that are still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@contextmanager
def killed(pids: Iterable[int]) -> Iterator[None]:
    """Kills them at the beginning; at the end they are gone, also where nobody collects them."""
    with ExitStack() as stack:
        handles = []
        for pid in pids:
            with suppress(ProcessLookupError):
                handles.append(os.pidfd_open(pid))
                stack.callback(os.close, handles[-1])
        for handle in handles:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        yield
        for handle in handles:
            select([handle], [], [])
