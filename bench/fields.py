"""What a storm wrote, read strictly: a value of the right kind, or its place in the message."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

LARGEST = 16 * 2**20
"""Bytes of a file that may be one."""
ANY = -math.inf
"""The least of a number that may be below zero."""
_BEYOND = 1e12
"""What no figure here can be, in whatever unit."""


class BadFigures(ValueError):
    """No figures of a storm; the message names the place and what is wrong there."""


def contents(path: Path) -> object:
    """The JSON of a file. Raises `BadFigures`, as all of these do."""
    try:
        if path.stat().st_size > LARGEST:
            raise BadFigures("too large to be a storm's")
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadFigures(error.strerror or "can't be read") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, BadFigures):
            raise
        raise BadFigures("no JSON") from None


def listed(told: object, place: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, row in enumerate(sequence(told, place)):
        yield number, mapping(row, f"{place}[{number}]")


def sequence(told: object, place: str) -> list[Any]:
    if not isinstance(told, list):
        raise BadFigures(f"{place} must be a list, not {kind_of(told)}")
    return told


def field(of: Mapping[str, Any], name: str, place: str) -> Any:
    if name not in of:
        raise BadFigures(f"{at(place, name)} is missing")
    return of[name]


def at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def mapping(told: object, place: str) -> Mapping[str, Any]:
    if not isinstance(told, dict):
        raise BadFigures(f"{place} must be an object, not {kind_of(told)}")
    return told


def text(of: Mapping[str, Any], name: str, place: str) -> str:
    found = field(of, name, place)
    if not isinstance(found, str) or not found.isprintable() or not found:
        raise BadFigures(f"{at(place, name)} must be a name, not {kind_of(found)}")
    return found


def truth(of: Mapping[str, Any], name: str, place: str) -> bool:
    found = field(of, name, place)
    if not isinstance(found, bool):
        raise BadFigures(f"{at(place, name)} must be true or false")
    return found


def number(of: Mapping[str, Any], name: str, place: str, *, least: float | None = None) -> float:
    """Above zero, unless it may be as little as `least`."""
    value = field(of, name, place)
    good = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _BEYOND
    if not good or (value <= 0 if least is None else value < least):
        wanted = " above 0" if least is None else "" if least == ANY else f" of at least {least:g}"
        raise BadFigures(f"{at(place, name)} must be a number{wanted}, not {value if good else kind_of(value)}")
    return float(value)


def kind_of(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _BEYOND:
        return "one beyond all measure"
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")
