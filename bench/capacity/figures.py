"""The figures of a storm, out of the JSON that `manage.py storm --json` prints. Strict: a guess is worse than none.

What is read: `facts` and `parameters.server`; of each row of `closed` its `cpu` and, where it is there,
`cpu_interval`; of `memory` (`--memory`) the `slope_bytes`, of `counts` (`--counts`) the `queries_under_storm`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.worker import SERVERS

LARGEST = 16 * 2**20
"""Bytes of a file that may be one."""
_KINDS = ("closed", "memory", "counts")
"""Of rows that are read."""
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
    """Bytes per idle connection: with compression, where that takes more."""
    queries: float | None = None
    """Per handshake, as they were under the storm: batched."""


@dataclass(frozen=True, slots=True)
class Figures:
    server: str
    facts: Mapping[str, Any]
    rows: tuple[Figure, ...]


def load(paths: Sequence[Path]) -> Figures:
    """Of one storm, or of several kinds on the same server. Raises `BadFigures`, which names the file."""
    told: dict[str, Any] = {}
    for path in paths:
        try:
            told = merged(told, _mapping(_json(path), "the file"))
        except BadFigures as error:
            raise BadFigures(f"{path}: {error}") from None
    try:
        return read(told)
    except BadFigures as error:
        raise BadFigures(f"{', '.join(map(str, paths))}: {error}") from None


def merged(told: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The same with another storm's rows: facts and parameters are the first one's."""
    if not told:
        return dict(more)
    servers = [_server(_field(one, "parameters", "")) for one in (told, more)]
    if servers[0] != servers[1]:
        raise BadFigures(f"measured on {servers[1]}, and the others on {servers[0]}")
    rows = {name: [row for one in (told, more) for _, row in _rows(one.get(name, []), name)] for name in _KINDS}
    return {**told, **rows}


def _json(path: Path) -> object:
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


def read(told: object) -> Figures:
    """Raises `BadFigures`."""
    root = _mapping(told, "the file")
    server = _server(_field(root, "parameters", ""))
    facts = _mapping(_field(root, "facts", ""), "facts")
    memory, queries = _memory(root.get("memory", [])), _queries(root.get("counts", []))
    rows = tuple(
        _row(row, f"closed[{place}]", memory, queries) for place, row in _rows(_field(root, "closed", ""), "closed")
    )
    if not rows:
        raise BadFigures("closed is empty: CPU is measured by a storm without --open-loop, --memory and so on")
    keys = [row.key for row in rows]
    if repeated := {key for key in keys if keys.count(key) > 1}:
        raise BadFigures(f"closed has {min(repeated)!r} more than once")
    return Figures(server, facts, rows)


def _server(parameters: object) -> str:
    server = _mapping(parameters, "parameters").get("server")
    if server not in SERVERS:
        raise BadFigures(f"parameters.server must be one of {', '.join(SERVERS)}, not {server!r}")
    return str(server)


def _row(row: Mapping[str, Any], place: str, memory: Mapping[str, float], queries: Mapping[str, float]) -> Figure:
    key = _key(row, place)
    cpu = _number(row, "cpu", place)
    high = cpu
    if "cpu_interval" in row:
        interval = _mapping(row["cpu_interval"], f"{place}.cpu_interval")
        high = _number(interval, "high", f"{place}.cpu_interval")
        if high < cpu:
            raise BadFigures(f"{place}.cpu_interval.high is below cpu")
    return Figure(key, cpu / 1e6, high / 1e6, memory.get(key), queries.get(key))


def _memory(told: object) -> dict[str, float]:
    """The most that is told of each: nobody chooses whether a client compresses."""
    found: dict[str, float] = {}
    for number, row in _rows(told, "memory"):
        place = f"memory[{number}]"
        key = _key(row, place)
        found[key] = max(_number(row, "slope_bytes", place), found.get(key, 0.0))
    return found


def _queries(told: object) -> dict[str, float]:
    found: dict[str, float] = {}
    for number, row in _rows(told, "counts"):
        place = f"counts[{number}]"
        found[_key(row, place)] = _number(row, "queries_under_storm", place, least=0)
    return found


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
    if _mapping(_field(row, "failures", place), f"{place}.failures"):
        raise BadFigures(f"{place}: {key!r} had failures, so its figures mean nothing")
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
