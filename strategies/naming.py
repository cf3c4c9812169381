"""Which of the offered subprotocols an answer may name: it ends up in the peer's hands, and in logs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .handshake import Handshake, Scope
from .strategy import Strategy


def harmless_protocol(offered: Any, scope: Scope, strategies: Iterable[Strategy]) -> str | None:
    """The first of `offered` in which none of `strategies` sees a credential. `scope`: the request as it came."""
    if not offered:
        return None
    known = tuple(strategies)
    try:
        return next((name for name in _as_written(offered, scope) if _is_harmless(name, known)), None)
    except Exception:
        return None  # a stranger's strategy that fails at this: nothing is named


def _is_harmless(name: str, strategies: tuple[Strategy, ...]) -> bool:
    if not name.isascii() or not name.isprintable() or "%" in name:
        return False
    alone = Handshake(path="", subprotocols=(name,))
    return not any(strategy.carries(alone) for strategy in strategies)


def _as_written(names: Iterable[str], scope: Scope) -> list[str]:
    """The subprotocols that the request offers in just these letters, as far as it can still be read.

    daphne decodes `%XX` in what it puts into the scope, and fails when such a name is answered.
    """
    lines = [value for name, value in scope.get("headers") or () if name.lower() == b"sec-websocket-protocol"]
    written = {one.strip() for line in lines for one in line.split(b",")}
    return [name for name in names if not written or name.encode() in written]
