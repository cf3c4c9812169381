"""The text frames of `auth.v1`: how they are written, and how a client's frame is read.

Rule: a frame from a peer is read here or nowhere. `PROTOCOL.md` is the normative text.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any, NoReturn

from .refusal import Reason, Refused

VERSION = 1
NOTICE_PREFIX = "auth."
"""Reserved: frames of these types are the gate's, in both directions."""

_UNSAFE = re.compile("[\x00-\x20\x7f\ud800-\udfff]")


def required(timeout: float, max_bytes: int) -> str:
    """The gate waits for a credential: `timeout` in seconds, `max_bytes` of UTF-8."""
    return _frame("auth.required", v=VERSION, timeout=timeout, max_bytes=max_bytes)


def ok(expires_at: float | None) -> str:
    """The credential is good. Times are relative, so a client's clock doesn't matter.

    `refresh_in` leaves a tenth of the remaining life, 30 s at most, to fetch a fresh credential.
    """
    if expires_at is None:
        return _frame("auth.ok", expires_in=None, refresh_in=None)
    left = max(0, int(expires_at - time.time()))
    return _frame("auth.ok", expires_in=left, refresh_in=left - min(30, left // 10))


def error(reason: Reason) -> str:
    """What the peer is told before the socket closes. Generic on purpose: details are in the log."""
    return _frame("auth.error", code=reason.error, retry=reason.retry)


def auth(token: str) -> str:
    """The client's one message."""
    return _frame("auth", token=token)


def read_auth(text: str) -> str:
    """The token of a client's `auth` message.

    Raises `Refused`: BAD_MESSAGE for anything that is no such message, EARLY_MESSAGE for a message of
    another type (an application's, before there is an identity), MISSING for an empty token.
    """
    message = read_object(text)
    if message.get("type") != "auth":
        raise Refused(Reason.EARLY_MESSAGE)
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
        message = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
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


def unsafe(token: str) -> bool:
    """Whether a credential holds white space, control characters or lone surrogates: no real one does."""
    return _UNSAFE.search(token) is not None


def _frame(kind: str, /, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields}, separators=(",", ":"))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError
