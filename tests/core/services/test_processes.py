"""A shell with a child: the smallest family."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Iterator

import psutil
import pytest

from core.services.processes import children, killed, send


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    family = ["sh", "-c", "sleep 60 & echo ready; wait"]
    with subprocess.Popen(family, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process
        send([*children(process.pid), process.pid], signal.SIGKILL)


def gone() -> int:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid


def test_children_of_what_is_there_and_of_what_is_not(parent: subprocess.Popen[str]) -> None:
    (child,) = children(parent.pid)
    assert psutil.Process(child).ppid() == parent.pid
    assert children(gone()) == []


def test_whoever_is_gone_is_not_signalled(parent: subprocess.Popen[str]) -> None:
    send([gone(), parent.pid], signal.SIGKILL)
    assert parent.wait(timeout=10) == -signal.SIGKILL


def test_the_killed_have_ended_though_nobody_has_collected_them(parent: subprocess.Popen[str]) -> None:
    (child,) = children(parent.pid)
    handle = os.pidfd_open(child)
    parent.send_signal(signal.SIGSTOP)  # so it can't collect its child
    with killed([child, gone()]):
        pass
    ended, _, _ = select.select([handle], [], [], 0)
    os.close(handle)
    assert ended
    parent.send_signal(signal.SIGCONT)
