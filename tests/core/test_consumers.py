"""The consumer on its own: it needs no gate, and survives whatever it is sent."""

import ast
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser

from core import consumers
from core.consumers import MAX_FRAME_BYTES, LabConsumer

pytestmark = pytest.mark.django_db  # Channels tidies up database connections around each consumer


@dataclass
class Someone:
    username: str = "ada"


@dataclass
class Auth:
    strategy: str = "querystring"
    backend: str = "authtoken"
    expires_at: object = None


async def connected(**scope: Any) -> tuple[WebsocketCommunicator, Any]:
    communicator = WebsocketCommunicator(LabConsumer.as_asgi(), "/")
    communicator.scope.update(scope)
    accepted, _ = await communicator.connect()
    assert accepted
    return communicator, await communicator.receive_json_from()


async def test_ready_names_user_strategy_and_backend() -> None:
    communicator, ready = await connected(user=Someone(), auth=Auth())
    assert ready == {
        "type": "ready",
        "user": "ada",
        "strategy": "querystring",
        "backend": "authtoken",
        "expires_in": None,
    }
    await communicator.disconnect()


@pytest.mark.parametrize(("life", "told"), [(300.9, 300), (-5, 0), (None, None)])
async def test_ready_tells_how_long_the_credential_lives(life: float | None, told: int | None) -> None:
    auth = Auth(expires_at=None if life is None else time.time() + life)
    communicator, ready = await connected(user=Someone(), auth=auth)
    assert ready["expires_in"] == told if told is None else told - 2 <= ready["expires_in"] <= told
    await communicator.disconnect()


async def test_what_another_middleware_calls_so_is_left_alone() -> None:
    communicator, ready = await connected(user=Someone(), auth=Auth(expires_at=datetime.now(UTC)))
    assert ready["expires_in"] is None
    await communicator.disconnect()


@pytest.mark.parametrize("scope", [{}, {"user": AnonymousUser()}, {"user": None}])
async def test_without_a_gate_the_fields_are_empty(scope: dict[str, Any]) -> None:
    communicator, ready = await connected(**scope)
    assert ready == {"type": "ready", "user": "", "strategy": None, "backend": None, "expires_in": None}
    await communicator.disconnect()


async def test_the_user_counts_without_a_gate_too() -> None:
    communicator, ready = await connected(user=Someone())
    assert (ready["user"], ready["strategy"]) == ("ada", None)
    await communicator.disconnect()


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        (
            {"command": "whoami"},
            {"type": "whoami", "user": "ada", "strategy": "querystring", "backend": "authtoken", "expires_in": None},
        ),
        ({"command": "echo", "data": "x"}, {"type": "echo", "data": "x"}),
        ({"command": "echo", "data": None}, {"type": "echo", "data": None}),
        ({"command": "echo", "data": {"a": [1, "\ud800", "ü"]}}, {"type": "echo", "data": {"a": [1, "\ud800", "ü"]}}),
        (
            {"command": "Say hello !", "data_string": "there"},
            {"command_response": "The command to say hello was received ", "data_string_bacK": "there"},
        ),
    ],
)  # fmt: skip
async def test_commands(frame: dict[str, Any], answer: dict[str, Any]) -> None:
    communicator, _ = await connected(user=Someone(), auth=Auth())
    await communicator.send_json_to(frame)
    assert await communicator.receive_json_from() == answer
    await communicator.disconnect()


BAD = [
    ("", "not_json"),
    ("hello", "not_json"),
    ("{", "not_json"),
    ('{"command": "echo", "data": NaN}', "not_json"),
    ('{"command": "echo", "data": 1e999}', "not_json"),
    ('{"command": "echo", "data": ' + "9" * 5_000 + "}", "not_json"),
    ("[" * 20_000 + "]" * 20_000, "not_json"),
    ("null", "not_an_object"),
    ("[]", "not_an_object"),
    ('"whoami"', "not_an_object"),
    ("{}", "unknown_command"),
    ('{"command": null}', "unknown_command"),
    ('{"command": ["whoami"]}', "unknown_command"),
    ('{"command": {"whoami": 1}}', "unknown_command"),
    ('{"command": "WHOAMI"}', "unknown_command"),
    ('{"type": "auth", "token": "x"}', "unknown_command"),
    ('{"command": "echo"}', "bad_field"),
    ('{"command": "Say hello !"}', "bad_field"),
    ('{"command": "Say hello !", "data_string": 1}', "bad_field"),
    ('"' + "a" * MAX_FRAME_BYTES + '"', "too_large"),
    ('"' + "ü" * (MAX_FRAME_BYTES // 2) + '"', "too_large"),
]


@pytest.mark.parametrize(("text", "code"), BAD, ids=[f"{code}-{text[:20]}" for text, code in BAD])
async def test_anything_else_gets_an_error_and_the_socket_lives_on(text: str, code: str) -> None:
    communicator, _ = await connected(user=Someone())
    await communicator.send_input({"type": "websocket.receive", "text": text})
    error = await communicator.receive_json_from()
    assert (error["type"], error["code"]) == ("error", code)
    assert error["detail"]
    await communicator.send_json_to({"command": "whoami"})
    assert (await communicator.receive_json_from())["user"] == "ada"
    await communicator.disconnect()


async def test_binary_frames_too() -> None:
    communicator, _ = await connected()
    await communicator.send_to(bytes_data=json.dumps({"command": "whoami"}).encode())
    assert (await communicator.receive_json_from())["code"] == "binary"
    await communicator.disconnect()


def test_it_knows_nothing_of_the_strategies() -> None:
    tree = ast.parse(Path(consumers.__file__).read_text())
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any(str(module).startswith("strategies") for module in modules)
