"""`core.standalone` serves static files whatever DEBUG says; `core.asgi` serves none."""

from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator

from core import asgi, standalone


async def status_of(application: Any, path: str) -> int:
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [(b"host", b"localhost")]}
    communicator = ApplicationCommunicator(application, scope)
    await communicator.send_input({"type": "http.request", "body": b""})
    start = await communicator.receive_output(timeout=5)
    while (await communicator.receive_output(timeout=5)).get("more_body"):
        pass
    await communicator.wait(timeout=5)
    return int(start["status"])


@pytest.mark.parametrize(
    ("application", "path", "status"),
    [
        (standalone.application, "/static/core/main.js", 200),
        (standalone.application, "/static/core/nothing.js", 404),
        (standalone.application, "/nowhere", 404),
        (asgi.application, "/static/core/main.js", 404),
    ],
)
async def test_static_files(application: Any, path: str, status: int) -> None:
    assert await status_of(application, path) == status
