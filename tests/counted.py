"""The lab, with a page that counts what its process holds: `GET /counts/`."""

from __future__ import annotations

import asyncio
import gc
import json
from typing import Any

from core.asgi import application as lab  # first: it loads the apps

from strategies.lifecycle import hub  # isort: skip
from strategies.lifecycle.watch import NAME  # isort: skip


def counts() -> dict[str, int]:
    gc.collect()
    home = hub.current()
    return {
        "connections": len(home),
        "names": len(home._index),
        "verifications": len(home._verifying),
        "farewells": len(home._tasks),
        "tasks": sum(task.get_name() != NAME for task in asyncio.all_tasks()),
    }


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope.get("path") != "/counts/":
        await lab(scope, receive, send)
        return
    body = json.dumps(counts()).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
