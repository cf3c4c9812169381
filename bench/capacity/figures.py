"""The figures of a storm, out of the JSON that `manage.py storm --json` prints. Strict: a guess is worse than none.

What is read: `facts` and `parameters.server`; of each row of `closed` its `cpu` and, where it is there,
`cpu_interval`; of `memory` (`--memory`) the `slope_bytes`, of `counts` (`--counts`) the `queries_under_storm`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.fields import BadFigures, contents, field, listed, mapping, number, text
from bench.worker import SERVERS

_KINDS = ("closed", "memory", "counts")
"""Of rows that are read."""


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
            told = merged(told, mapping(contents(path), "the file"))
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
    servers = [_server(field(one, "parameters", "")) for one in (told, more)]
    if servers[0] != servers[1]:
        raise BadFigures(f"measured on {servers[1]}, and the others on {servers[0]}")
    rows = {name: [row for one in (told, more) for _, row in listed(one.get(name, []), name)] for name in _KINDS}
    return {**told, **rows}


def read(told: object) -> Figures:
    """Raises `BadFigures`."""
    root = mapping(told, "the file")
    server = _server(field(root, "parameters", ""))
    facts = mapping(field(root, "facts", ""), "facts")
    memory, queries = _memory(root.get("memory", [])), _queries(root.get("counts", []))
    rows = tuple(
        _row(row, f"closed[{place}]", memory, queries) for place, row in listed(field(root, "closed", ""), "closed")
    )
    if not rows:
        raise BadFigures("closed is empty: CPU is measured by a storm without --open-loop, --memory and so on")
    keys = [row.key for row in rows]
    if repeated := {key for key in keys if keys.count(key) > 1}:
        raise BadFigures(f"closed has {min(repeated)!r} more than once")
    return Figures(server, facts, rows)


def _server(parameters: object) -> str:
    server = mapping(parameters, "parameters").get("server")
    if server not in SERVERS:
        raise BadFigures(f"parameters.server must be one of {', '.join(SERVERS)}, not {server!r}")
    return str(server)


def _row(row: Mapping[str, Any], place: str, memory: Mapping[str, float], queries: Mapping[str, float]) -> Figure:
    key = _key(row, place)
    cpu = number(row, "cpu", place)
    high = cpu
    if "cpu_interval" in row:
        interval = mapping(row["cpu_interval"], f"{place}.cpu_interval")
        high = number(interval, "high", f"{place}.cpu_interval")
        if high < cpu:
            raise BadFigures(f"{place}.cpu_interval.high is below cpu")
    return Figure(key, cpu / 1e6, high / 1e6, memory.get(key), queries.get(key))


def _memory(told: object) -> dict[str, float]:
    """The most that is told of each: nobody chooses whether a client compresses."""
    found: dict[str, float] = {}
    for at, row in listed(told, "memory"):
        place = f"memory[{at}]"
        key = _key(row, place)
        found[key] = max(number(row, "slope_bytes", place), found.get(key, 0.0))
    return found


def _queries(told: object) -> dict[str, float]:
    found: dict[str, float] = {}
    for at, row in listed(told, "counts"):
        place = f"counts[{at}]"
        found[_key(row, place)] = number(row, "queries_under_storm", place, least=0)
    return found


def _key(row: Mapping[str, Any], place: str) -> str:
    key = text(row, "key", place)
    if mapping(field(row, "failures", place), f"{place}.failures"):
        raise BadFigures(f"{place}: {key!r} had failures, so its figures mean nothing")
    return key
