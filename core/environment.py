"""The environment, read strictly: a bad value is an `ImproperlyConfigured` that names variable, value and remedy.

Rule of this file: a variable that may hold a password (a URL, a key) is named, its value is not.
"""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env  # type: ignore[import-untyped]  # it has none

from strategies.policy import Policy

_env = Env()
Value = TypeVar("Value")

_TRUE, _FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})
_ORIGIN = re.compile(r"https?://(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)
_RATE = re.compile(r"[1-9][0-9]{0,5}/(?:s|sec|second|m|min|minute|h|hour|d|day)")

LONGEST = 2**31
"""Seconds, or a number, that nobody means."""
MIN_KEY_BYTES = 32
"""HS256 wants a key as long as its hash [RFC 7518 §3.2]."""


def flag(name: str, default: bool) -> bool:
    text = _text(name)
    if not text:
        return default
    if text.lower() not in _TRUE | _FALSE:
        raise ImproperlyConfigured(f"{name}={text!r} is neither true nor false; write true or false.")
    return text.lower() in _TRUE


def seconds(name: str, default: float) -> float:
    text = _text(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < LONGEST:
        raise ImproperlyConfigured(f"{name}={text!r} is no positive number of seconds.")
    return value


def count(name: str, default: int) -> int:
    text = _text(name) or str(default)
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:10]) < LONGEST:
        raise ImproperlyConfigured(f"{name}={text!r} is no whole number from 1 on.")
    return int(text)


def unless_off(name: str, read: Callable[..., Value], default: Any) -> Value | None:
    """What `read` finds, or None where the variable says `off`."""
    return None if _text(name).lower() == "off" else read(name, default=default)


def choice(name: str, choices: tuple[str, ...]) -> str:
    """One of `choices`; the first is the default."""
    text = _text(name) or choices[0]
    if text not in choices:
        raise ImproperlyConfigured(f"{name}={text!r} is not known; choose from: {', '.join(choices)}.")
    return text


def folder(name: str, default: Path) -> Path:
    path = Path(_text(name) or default)
    if not path.is_absolute():
        raise ImproperlyConfigured(f"{name}={str(path)!r} is no absolute path.")
    return path


def rate(name: str, default: str) -> str:
    """How often, in Django REST framework's notation: `30/min`."""
    text = _text(name) or default
    if not _RATE.fullmatch(text):
        raise ImproperlyConfigured(f"{name}={text!r} is no rate; write a number per s, min, hour or day, as 30/min.")
    return text


def names(name: str, default: list[str]) -> list[str]:
    """A comma list; blanks around its items don't count."""
    return [item.strip() for item in _text(name).split(",") if item.strip()] or default


def origins(name: str, default: list[str]) -> list[str]:
    """A comma list of exact origins, lower-cased."""
    found = [origin.lower() for origin in names(name, default)]
    for origin in found:
        if not _ORIGIN.fullmatch(origin):
            raise ImproperlyConfigured(
                f"{name}: {origin!r} is no origin; write scheme://host or scheme://host:port, without a path."
            )
    try:
        Policy(origins=frozenset(found))
    except ValueError as error:  # what is an origin, but is sent by no browser
        raise ImproperlyConfigured(f"{name}: {error}.") from None
    return found


def secret_key(name: str, development: str | None) -> str:
    """`development` stands in where there is none; None makes the variable mandatory."""
    key = _text(name) or development
    if key is None:
        raise ImproperlyConfigured(f"{name} is required when DEBUG is off: {MIN_KEY_BYTES} bytes or more, random.")
    if len(key.encode()) < MIN_KEY_BYTES:
        raise ImproperlyConfigured(
            f"{name} has {len(key.encode())} bytes; it signs JSON Web Tokens and needs {MIN_KEY_BYTES} or more."
        )
    return key


def database_url(name: str) -> dict[str, Any] | None:
    """Django's database settings, or None where the variable is not set."""
    text = _text(name)
    if not text:
        return None
    scheme = _scheme(text)
    if scheme not in Env.DB_SCHEMES:
        raise ImproperlyConfigured(
            f"{name} has the scheme {scheme!r}; known are sqlite:///path and postgres://user:password@host:port/name."
        )
    try:
        found = dict(_env.db_url(name))
    except Exception:  # the parser's own errors quote the URL, which holds the password
        raise ImproperlyConfigured(f"{name} can't be read as a {scheme}:// URL.") from None
    return _with_pool_read(name, found)


def _with_pool_read(name: str, database: dict[str, Any]) -> dict[str, Any]:
    """`?pool=false` switches the lab's pool off; as the text that it is in a URL, Django would take it for true."""
    options = dict(database.get("OPTIONS", {}))
    if "pool" not in options:
        return database
    text = str(options.pop("pool"))
    if text.lower() not in _TRUE | _FALSE:
        raise ImproperlyConfigured(f"{name}: pool={text!r} is neither true nor false; write true or false.")
    return {**database, "OPTIONS": options if text.lower() in _TRUE else {**options, "pool": False}}


def redis_url(name: str) -> str | None:
    text = _text(name)
    if text and _scheme(text) not in ("redis", "rediss", "unix"):
        raise ImproperlyConfigured(f"{name} has the scheme {_scheme(text)!r}; known are redis, rediss, unix.")
    return text or None


def _text(name: str) -> str:
    """An empty variable is one that is not set, as it comes out of Makefiles and compose files."""
    return str(_env.str(name, default="")).strip()


def _scheme(url: str) -> str:
    """Only what stands before `://`: without it, the text could be a password."""
    return urlsplit(url).scheme if "://" in url else ""
