"""The figures of a storm, out of the JSON that `manage.py storm --json` prints. Strict: a guess is worse than none.

What is read: `facts` and `parameters.server`; of each row of `closed` its `key`, `cpu`, `failures` and, where
they are there, `cpu_interval` and `queries`; of each row of `memory`, where there is one, `key` and
`bytes_per_connection`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.worker import SERVERS

LARGEST = 16 * 2**20
"""Bytes of a file that may be one."""
_BEYOND = 1e12
"""What no figure here can be, in whatever unit."""


class BadFigures(ValueError):
    """No figures of a storm; the message names the place and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured of one contender."""

    key: str
    cpu: float
    """Seconds of the server's processor time per handshake."""
    cpu_high: float
    """The upper end of its 95 % interval; the same where none was told."""
    memory: float | None = None
    """Bytes per idle connection."""
    queries: float | None = None
    """Per handshake, as they were under the storm: batched."""


@dataclass(frozen=True, slots=True)
class Figures:
    server: str
    facts: Mapping[str, Any]
    rows: tuple[Figure, ...]


def load(path: Path) -> Figures:
    """Raises `BadFigures`."""
    try:
        if path.stat().st_size > LARGEST:
            raise BadFigures("too large to be a storm's")
        told = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadFigures(error.strerror or "can't be read") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, BadFigures):
            raise
        raise BadFigures("no JSON") from None
    return read(told)


def read(told: object) -> Figures:
    """Raises `BadFigures`."""
    root = _mapping(told, "the file")
    server = _mapping(_field(root, "parameters", ""), "parameters").get("server")
    if server not in SERVERS:
        raise BadFigures(f"parameters.server must be one of {', '.join(SERVERS)}, not {server!r}")
    facts = _mapping(_field(root, "facts", ""), "facts")
    memory = dict(_memory(root.get("memory", [])))
    rows = tuple(_row(row, f"closed[{place}]", memory) for place, row in _rows(_field(root, "closed", ""), "closed"))
    if not rows:
        raise BadFigures("closed is empty: figures are those of a closed loop, not of --open-loop")
    keys = [row.key for row in rows]
    if repeated := {key for key in keys if keys.count(key) > 1}:
        raise BadFigures(f"closed has {min(repeated)!r} more than once")
    return Figures(str(server), facts, rows)


def _row(row: Mapping[str, Any], place: str, memory: Mapping[str, float]) -> Figure:
    key = _key(row, place)
    if _mapping(_field(row, "failures", place), f"{place}.failures"):
        raise BadFigures(f"{place}: {key!r} had failures, so its figures mean nothing")
    cpu = _number(row, "cpu", place)
    high = cpu
    if "cpu_interval" in row:
        interval = _mapping(row["cpu_interval"], f"{place}.cpu_interval")
        high = _number(interval, "high", f"{place}.cpu_interval")
        if high < cpu:
            raise BadFigures(f"{place}.cpu_interval.high is below cpu")
    queries = _number(row, "queries", place, least=0) if row.get("queries") is not None else None
    return Figure(key, cpu / 1e6, high / 1e6, memory.get(key), queries)


def _memory(told: object) -> Iterator[tuple[str, float]]:
    for number, row in _rows(told, "memory"):
        place = f"memory[{number}]"
        yield _key(row, place), _number(row, "bytes_per_connection", place)


# ── a value of the right kind, or its place in the message ───────────────────────────────────────


def _rows(told: object, place: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if not isinstance(told, list):
        raise BadFigures(f"{place} must be a list, not {_kind(told)}")
    for number, row in enumerate(told):
        yield number, _mapping(row, f"{place}[{number}]")


def _field(of: Mapping[str, Any], name: str, place: str) -> Any:
    if name not in of:
        raise BadFigures(f"{place + '.' if place else ''}{name} is missing")
    return of[name]


def _mapping(told: object, place: str) -> Mapping[str, Any]:
    if not isinstance(told, dict):
        raise BadFigures(f"{place} must be an object, not {_kind(told)}")
    return told


def _key(row: Mapping[str, Any], place: str) -> str:
    key = _field(row, "key", place)
    if not isinstance(key, str) or not key.isprintable() or not key:
        raise BadFigures(f"{place}.key must be a name, not {_kind(key)}")
    return key


def _number(of: Mapping[str, Any], name: str, place: str, *, least: float | None = None) -> float:
    """Above zero, unless it may be zero."""
    value = _field(of, name, place)
    good = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _BEYOND
    if not good or (value <= 0 if least is None else value < least):
        wanted = "above 0" if least is None else f"of at least {least:g}"
        raise BadFigures(f"{place}.{name} must be a number {wanted}, not {value if good else _kind(value)}")
    return float(value)


def _kind(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _BEYOND:
        return "one beyond all measure"
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")
