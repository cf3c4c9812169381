"""What every service can: seen with a Redis, whose answers say whether it is there."""

from __future__ import annotations

import os
import select
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.services import service
from core.services.programs import ServiceFailed
from core.services.redis import Redis
from core.services.service import private_folder
from tests.services import available


@pytest.fixture
def subject(service_folder: Path) -> Iterator[Redis]:
    made = available(Redis, service_folder)
    assert isinstance(made, Redis)
    with made:
        yield made


def ping(subject: Redis, timeout: float = 5) -> bytes:
    with socket.create_connection((service.HOST, subject.port), timeout=timeout) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(64)


def test_it_answers_once_it_is_started(subject: Redis) -> None:
    assert ping(subject) == b"+PONG\r\n"


def test_a_stopped_one_takes_connections_and_says_nothing_until_it_is_resumed(subject: Redis) -> None:
    subject.stop()
    with pytest.raises(TimeoutError):
        ping(subject, timeout=0.2)
    subject.resume()
    assert ping(subject) == b"+PONG\r\n"


def test_a_killed_one_is_gone_and_comes_back_on_its_port(subject: Redis) -> None:
    before = subject.pid, subject.url
    subject.kill()
    with pytest.raises(ConnectionRefusedError):
        ping(subject)
    with pytest.raises(ServiceFailed, match="redis does not run"):
        subject.stop()
    subject.start()
    assert ping(subject) == b"+PONG\r\n"
    assert subject.url == before[1]
    assert subject.pid != before[0]


@pytest.mark.parametrize("state", ["running", "stopped", "killed"])
def test_it_ends_from_every_state(subject: Redis, state: str) -> None:
    handle = os.pidfd_open(subject.pid)
    {"running": lambda: None, "stopped": subject.stop, "killed": subject.kill}[state]()
    subject.end()
    ended, _, _ = select.select([handle], [], [], 0)
    os.close(handle)
    assert ended
    subject.end()  # once more does no harm


def test_one_that_does_not_end_is_killed(subject: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "END_SECONDS", 0.05)
    monkeypatch.setattr(subject, "ends_by", service.signal.SIGWINCH)  # which nobody minds
    subject.end()
    with pytest.raises(ConnectionRefusedError):
        ping(subject)


def test_anothers_answer_is_not_taken_for_its_own(subject: Redis, service_folder: Path) -> None:
    second = Redis(service_folder)
    second.port = subject.port
    with pytest.raises(ServiceFailed, match=rf"redis can't start: port {subject.port} is in use"), second:
        pass


def test_one_that_ends_at_once_says_why(service_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = available(Redis, service_folder)
    monkeypatch.setattr(wrong, "_command", lambda: [*Redis._command(wrong), "--no-such-option", "1"])
    with pytest.raises(ServiceFailed, match=r"redis ended with 1; it said:\n(?s:.*)no-such-option"), wrong:
        pass


def test_one_that_never_answers_is_not_waited_for(service_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "STARTUP_SECONDS", 0.1)
    monkeypatch.setattr(Redis, "_answers", lambda self: False)
    silent = available(Redis, service_folder)
    with pytest.raises(ServiceFailed, match=r"did not answer in 0\.1 s"), silent:
        pass
    with pytest.raises(ServiceFailed, match="does not run"):
        _ = silent.pid


def test_something_that_fails_inside_ends_it_too(service_folder: Path) -> None:
    made = available(Redis, service_folder)
    with pytest.raises(KeyError), made:
        raise KeyError
    with pytest.raises(ServiceFailed, match="does not run"):
        _ = made.pid


def test_a_ctrl_c_is_not_for_it(subject: Redis) -> None:
    assert os.getsid(subject.pid) == subject.pid != os.getsid(0)


def test_the_private_folder_can_be_passed_through_only_and_is_gone_afterwards() -> None:
    with private_folder() as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o711
        (folder / "left").write_text("behind")
    assert not folder.exists()


def test_services_at_the_same_time_have_ports_of_their_own(service_folder: Path) -> None:
    made = [available(Redis, service_folder) for _ in range(3)]
    starts = [threading.Thread(target=one.start) for one in made]
    for thread in starts:
        thread.start()
    for thread in starts:
        thread.join()
    assert len({one.port for one in made}) == len({one.pid for one in made}) == 3
    for one in made:
        one.end()
