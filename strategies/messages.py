"""The text frames of `auth.v1`: how they are written, and how a client's frame is read.

Rule: a frame from a peer is read here or nowhere. `PROTOCOL.md` is the normative text.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from .refusal import Reason, Refused

VERSION = 1
NOTICE_PREFIX = "auth."
"""Reserved: frames of these types are the gate's, in both directions."""

_UNSAFE = re.compile("[\x00-\x20\x7f\ud800-\udfff]")


def required(timeout: float, max_bytes: int) -> str:
    """The gate waits for a credential: `timeout` in seconds, `max_bytes` of UTF-8."""
    return _frame("auth.required", v=VERSION, timeout=timeout, max_bytes=max_bytes)


def ok(life: float | None, notice: float = 30.0) -> str:
    """The credential is good for `life` seconds. Times are relative, so a client's clock doesn't matter."""
    if life is None:
        return _frame("auth.ok", expires_in=None, refresh_in=None)
    return _frame("auth.ok", expires_in=_whole(life), refresh_in=_whole(life - margin(life, notice)))


def margin(life: float, notice: float) -> float:
    """How long before its end a credential should be renewed: a tenth of its life, `notice` seconds at most."""
    return min(notice, max(0.0, life) / 10)


def expiring(life: float) -> str:
    """The credential ends in `life` seconds: time to send another one."""
    return _frame("auth.expiring", expires_in=_whole(life))


def refusal(reason: Reason, retry_after: float | None = None) -> str:
    """The last words before a socket closes."""
    return _frame("auth.revoked", retry=reason.retry) if reason is Reason.WITHDRAWN else error(reason, retry_after)


def error(reason: Reason, retry_after: float | None = None) -> str:
    """What was wrong. Generic on purpose: details are in the log. `retry_after` in seconds."""
    more = {} if retry_after is None else {"retry_after": _whole(retry_after)}
    return _frame("auth.error", code=reason.error, retry=reason.retry, **more)


def auth(token: str) -> str:
    """The client's one message."""
    return _frame("auth", token=token)


def refresh(token: str | None) -> str:
    """A fresh credential on a live socket; None where the carrier is ambient and is read again."""
    return _frame("auth.refresh") if token is None else _frame("auth.refresh", token=token)


def read_auth(text: str) -> str:
    """The token of a client's `auth` message.

    Raises `Refused`: BAD_MESSAGE for anything that is no such message, EARLY_MESSAGE for a message of
    another type (an application's, before there is an identity), MISSING for an empty token.
    """
    message = read_object(text)
    if message.get("type") != "auth":
        raise Refused(Reason.EARLY_MESSAGE)
    return token_of(message)


def token_of(message: dict[str, Any]) -> str:
    """The token of a client's message. Raises `Refused`: BAD_MESSAGE for what is none, MISSING for an empty one."""
    token = message.get("token")
    if not isinstance(token, str) or unsafe(token):
        raise Refused(Reason.BAD_MESSAGE)
    if not token:
        raise Refused(Reason.MISSING)
    return token


def read_object(text: str) -> dict[str, Any]:
    """A JSON object, strictly: no duplicate keys, no NaN, bounded depth; else `Refused(BAD_MESSAGE)`.

    `text` must already be within the policy's size: that, and the decoder's own recursion limit,
    bound the work. The decoder's exceptions quote their input, so none of them is let out.
    """
    try:
        message = _read(text)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise Refused(Reason.BAD_MESSAGE)
    return message


def is_type(text: str, *types: str) -> bool:
    """Whether a frame is a JSON object of one of these types; cheap for frames that are not."""
    if not any(name in text for name in types) and "\\u" not in text:
        return False
    try:
        return read_object(text).get("type") in types
    except Refused:
        return False


def is_notice(text: str) -> bool:
    """Whether a frame is one of the gate's own."""
    try:
        return str(read_object(text).get("type")).startswith(NOTICE_PREFIX)
    except Refused:
        return False


def reserved(text: str, *, auth: bool, notices: bool) -> dict[str, Any] | None:
    """The message, if a frame on an authenticated socket is the gate's; cheap for frames that are not.

    `auth`: the type `auth` is; `notices`: the types below `NOTICE_PREFIX` are.
    """
    if '"auth' not in text and "\\u" not in text:  # a type may be spelled with escapes
        return None
    try:
        message = read_object(text)
    except Refused:
        return None
    kind = message.get("type")
    if not isinstance(kind, str):
        return None
    mine = (auth and kind == "auth") or (notices and kind.startswith(NOTICE_PREFIX))
    return message if mine else None


def unsafe(token: str) -> bool:
    """Whether a credential holds white space, control characters or lone surrogates: no real one does."""
    return _UNSAFE.search(token) is not None


def printable(text: object) -> str:
    """For a log line: in quotes, control characters and everything beyond ASCII escaped, 200 characters at most."""
    return ascii(str(text)[:200])


def plain(text: object) -> str:
    """The same without the quotes, for a field of its own."""
    return printable(text)[1:-1]


def _whole(seconds: float) -> int:
    return max(0, int(seconds))


def _frame(kind: str, /, **fields: Any) -> str:
    return _written({"type": kind, **fields})


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError


# Made once: `json.loads` and `json.dumps` make another one for each call that has options.
_read = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant).decode
_written = json.JSONEncoder(separators=(",", ":")).encode
