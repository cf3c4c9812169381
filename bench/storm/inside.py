"""What a storm's server tells of itself over HTTP, when its garbage is collected; and how it is asked."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Mapping
from typing import Any

from bench import direct
from bench.serving import Served
from strategies.handshake import Scope
from strategies.wire import App, Receiver, Sender

_SECONDS = 30.0


def telling(facts: Callable[[], Mapping[str, Any]] = dict) -> App:
    """An application that answers every request with `facts`, as JSON."""

    async def answer(scope: Scope, receive: Receiver, send: Sender) -> None:
        gc.collect()
        body = json.dumps(facts()).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


def asked(served: Served) -> dict[str, Any]:
    """What it tells."""
    found = direct.asked(f"http://{served.host}:{served.port}/", _SECONDS)
    assert isinstance(found, dict)
    return found
