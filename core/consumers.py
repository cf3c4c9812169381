"""The one application behind every route. It knows its user, and nothing of how the user became known.

Rule of this file: nothing of `strategies` is imported. That the same consumer runs behind any gate, and
without one, is what the lab shows. PROTOCOL: a frame is a JSON object with a `command`; whatever else
arrives is answered by an error frame, and the socket lives on.
"""

import json
import math
import time
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from channels.generic.websocket import AsyncWebsocketConsumer

MAX_FRAME_BYTES = 65_536
"""Of UTF-8. Servers cut off much larger frames by themselves, with the socket."""


class BadFrame(Exception):
    """A frame that is no command: `code` for programs, `detail` for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class LabConsumer(AsyncWebsocketConsumer):
    """Says who is there once it runs, then answers commands."""

    channel_layer_alias = None
    """It listens to no channel. With one, Channels asks the layer for each connection, and fails when that is away."""

    async def connect(self) -> None:
        await self.accept()
        await self.answer({"type": "ready", **whoami(self.scope)})

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            reply = respond(self.scope, read(text_data))
        except BadFrame as error:
            reply = {"type": "error", "code": error.code, "detail": error.detail}
        await self.answer(reply)

    async def answer(self, message: dict[str, Any]) -> None:
        await self.send(json.dumps(message))


def whoami(scope: Mapping[str, Any]) -> dict[str, Any]:
    """Without a gate there is no `auth`, and maybe no user: the fields stay, empty."""
    auth = scope.get("auth")
    return {
        "user": getattr(scope.get("user"), "username", ""),
        "strategy": getattr(auth, "strategy", None),
        "backend": getattr(auth, "backend", None),
        "expires_in": _seconds_until(getattr(auth, "expires_at", None)),
    }


def _seconds_until(moment: object) -> int | None:
    """Whole seconds until a Unix time; None for what is none, as another middleware may have put there."""
    return max(0, int(moment - time.time())) if isinstance(moment, int | float) else None


def read(text: str | None) -> dict[str, Any]:
    """The JSON object of a text frame. Raises `BadFrame`."""
    if text is None:
        raise BadFrame("binary", "Send text: binary frames are not understood.")
    if len(text) > MAX_FRAME_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_FRAME_BYTES:
        raise BadFrame("too_large", f"A frame may have {MAX_FRAME_BYTES} bytes.")
    try:
        frame = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise BadFrame("not_json", "This is no JSON.") from None
    if not isinstance(frame, dict):
        raise BadFrame("not_an_object", 'Send a JSON object, such as {"command": "whoami"}.')
    return frame


def respond(scope: Mapping[str, Any], frame: dict[str, Any]) -> dict[str, Any]:
    """The answer to a command. Raises `BadFrame`."""
    command = frame.get("command")
    handler = COMMANDS.get(command) if isinstance(command, str) else None
    if handler is None:
        raise BadFrame("unknown_command", f"Known commands: {', '.join(COMMANDS)}.")
    return handler(scope, frame)


def _whoami(scope: Mapping[str, Any], frame: dict[str, Any]) -> dict[str, Any]:
    return {"type": "whoami", **whoami(scope)}


def _echo(scope: Mapping[str, Any], frame: dict[str, Any]) -> dict[str, Any]:
    if "data" not in frame:
        raise BadFrame("bad_field", "echo needs data: any JSON value.")
    return {"type": "echo", "data": frame["data"]}


def _say_hello(scope: Mapping[str, Any], frame: dict[str, Any]) -> dict[str, Any]:
    """The keys, their spelling and the trailing blank are those of the tutorial, whose page reads them."""
    data = frame.get("data_string")
    if not isinstance(data, str):
        raise BadFrame("bad_field", "Say hello ! needs data_string: a text.")
    return {"command_response": "The command to say hello was received ", "data_string_bacK": data}


COMMANDS: dict[str, Callable[[Mapping[str, Any], dict[str, Any]], dict[str, Any]]] = {
    "whoami": _whoami,
    "echo": _echo,
    "Say hello !": _say_hello,
}


def _no_constant(_: str) -> NoReturn:
    """NaN and Infinity are no JSON, though Python's reader takes them."""
    raise ValueError


def _finite(text: str) -> float:
    """1e999 is JSON, but what it becomes could not be sent back."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value
