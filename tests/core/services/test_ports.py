from __future__ import annotations

import socket
from pathlib import Path

import pytest

from core.services import ports


def test_one_can_listen_on_it_and_then_it_is_not_free() -> None:
    port = ports.free_port()
    assert ports.is_free(port)
    with socket.create_server((ports.HOST, port)):
        assert not ports.is_free(port)


def test_no_client_is_given_a_port_of_the_range() -> None:
    kernel = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if not kernel.exists():
        pytest.skip("only Linux says which ports it gives to clients")
    assert int(kernel.read_text().split()[0]) not in ports.RANGE


def test_none_left_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda port: False)
    with pytest.raises(OSError, match="no free port between"):
        ports.free_port()
