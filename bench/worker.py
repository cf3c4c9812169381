"""The server process of a comparison: `python -m bench.worker SERVER` with SERVER daphne or uvicorn.

Listens on a free loopback port, which it prints as one JSON line once it serves. It ends when its
standard input ends, so that it can't outlive the process that started it, however that one dies.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import threading
from typing import Any

HOST = "127.0.0.1"
BACKLOG = 2048  # daphne's own 50 turns a storm of connects into SYN retransmissions
SERVERS = ("daphne", "uvicorn")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.worker", description=__doc__)
    parser.add_argument("server", choices=SERVERS)
    server = parser.parse_args().server
    listener = socket.create_server((HOST, 0), backlog=BACKLOG)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    {"daphne": _daphne, "uvicorn": _uvicorn}[server](listener)


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):  # not through the buffer, whose lock would hang the interpreter's exit
        pass
    os._exit(0)


def _announce(port: int) -> None:
    print(json.dumps({"port": port}), flush=True)


def _daphne(listener: socket.socket) -> None:
    from daphne.server import Server

    port = listener.getsockname()[1]  # asked now: the endpoint takes the descriptor over
    Server(
        application=_application(),
        endpoints=[f"fd:fileno={listener.detach()}"],
        signal_handlers=False,
        ready_callable=lambda: _announce(port),
    ).run()


def _uvicorn(listener: socket.socket) -> None:
    import uvicorn

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            _announce(listener.getsockname()[1])

    # Its log at the default level holds query strings, credentials included.
    Announcing(uvicorn.Config(_application(), log_level="warning", lifespan="off")).run(sockets=[listener])


def _application() -> Any:
    from bench.application import application

    return application


if __name__ == "__main__":
    main()
