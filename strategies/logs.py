"""Keeps credentials that travel in a query string out of the server's log.

uvicorn writes the whole target of each handshake, and so do proxies' and applications' own lines about requests.
The filter takes the query out of every URL and path that a record holds, Referers included, and changes nothing
else. It can't help at uvicorn's levels debug and trace, which hold headers and messages [OWASP ASVS 16.2.5].
"""

from __future__ import annotations

import logging
import re
from typing import Any

SERVER_LOGGERS = ("uvicorn.error", "uvicorn.access")
"""Those that write targets at the default level. daphne's access log has paths only."""
REDACTED = "?[redacted]"

# A URL or an absolute path, up to its query. What ends the query is a blank, or a closing mark before one: a
# credential may hold any mark itself.
_TARGET = re.compile(
    r"""(?P<target>(?<![^\s"'(\[{<=,])(?:[a-z][a-z0-9+.-]*:/)?/[^\s?]*)"""
    r"""\?[^ \t\r\n]+?"""
    r"""(?P<end>["'>)\]},]*(?=[ \t\r\n]|\Z))""",
    re.IGNORECASE,
)


def install(*loggers: str) -> None:
    """Adds the filter to these loggers, or to those of the server; once, however often it is called.

    Call it in the module that the server imports (`asgi.py`): by then the server has set up its logging.
    """
    for name in loggers or SERVER_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(one, RedactQueries) for one in logger.filters):
            logger.addFilter(RedactQueries())


class RedactQueries(logging.Filter):
    """For a logger or a handler. Every record passes."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _clean(record.msg)
        if isinstance(record.args, dict):
            record.args = {name: _clean(value) for name, value in record.args.items()}
        elif record.args:
            record.args = tuple(_clean(value) for value in record.args)
        if record.exc_info and not record.exc_text:
            # What a formatter would write, and takes as it finds it.
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_text, record.stack_info = _clean(record.exc_text), _clean(record.stack_info)
        return True


def redacted(text: str) -> str:
    """The text without the query of any URL or path in it."""
    return _TARGET.sub(rf"\g<target>{REDACTED}\g<end>", text) if "?" in text else text


def _clean(value: object) -> Any:
    """The same object, unless what would be written of it holds a query."""
    if value is None or isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else str(value)
    clean = redacted(text)
    return value if clean == text else clean
