"""Ports on loopback: which are free and stay so while their service is away, and who answers there."""

from __future__ import annotations

import random
import socket

HOST = "127.0.0.1"
RANGE = range(20_000, 32_000)
"""Below the range from which the kernel gives ports to clients: a client that tries to reach an ended
service on such a port would sooner or later be connected to itself, and the service couldn't come back."""

_TRIES = 200
_SECONDS = 10.0


def free_port() -> int:
    """Free at this moment. Raises `OSError` when none can be found."""
    for port in random.sample(RANGE, _TRIES):
        if is_free(port):
            return port
    raise OSError(f"no free port between {RANGE.start} and {RANGE.stop} on {HOST}")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: one that ended just now is gone
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def speaks_http(port: int) -> bool:
    """Whether a server there answers a request, whatever it says."""
    try:
        with socket.create_connection((HOST, port), timeout=_SECONDS) as connection:
            connection.sendall(f"GET / HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
            return bool(connection.recv(1))
    except OSError:
        return False
