"""The server process of a comparison: `python -m bench.worker SERVER` with SERVER daphne or uvicorn.

Serves the `application` of a module, `bench.application` unless another one is named. Listens on a free
loopback port, which it prints as one JSON line once it serves. It ends when its standard input ends, so
that it can't outlive the process that started it, however that one dies.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import socket
import sys
import threading
from typing import Any

from core import collector
from core.services.daphne import HANDSHAKE_SECONDS

HOST = "127.0.0.1"
BACKLOG = 65_535
"""As many as the kernel lets wait (`net.core.somaxconn`): each connect beyond it costs a second or more."""
SERVERS = ("daphne", "uvicorn")
APPLICATION = "bench.application"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.worker", description=__doc__)
    parser.add_argument("server", choices=SERVERS)
    parser.add_argument("module", nargs="?", default=APPLICATION)
    arguments = parser.parse_args()
    listener = socket.create_server((HOST, 0), backlog=BACKLOG)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    application = importlib.import_module(arguments.module).application
    collector.relax()  # for all contenders alike
    {"daphne": _daphne, "uvicorn": _uvicorn}[arguments.server](application, listener)


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):  # not through the buffer, whose lock would hang the interpreter's exit
        pass
    os._exit(0)


def _announce(port: int) -> None:
    print(json.dumps({"port": port}), flush=True)


def _daphne(application: Any, listener: socket.socket) -> None:
    from daphne.server import Server

    port = listener.getsockname()[1]  # asked now: the endpoint takes the descriptor over
    Server(
        application=application,
        endpoints=[f"fd:fileno={listener.detach()}"],
        signal_handlers=False,
        websocket_connect_timeout=HANDSHAKE_SECONDS,
        websocket_handshake_timeout=HANDSHAKE_SECONDS,
        ready_callable=lambda: _announce(port),
    ).run()


def _uvicorn(application: Any, listener: socket.socket) -> None:
    import uvicorn

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            _announce(listener.getsockname()[1])

    from strategies import logs

    config = uvicorn.Config(application, log_level="warning", lifespan="off", backlog=BACKLOG)
    logs.install()  # after the configuration: the default level, and whatever a warning quotes, holds query strings
    Announcing(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
