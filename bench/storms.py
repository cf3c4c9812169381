"""What `manage.py storm --json` wrote, for a report: what is shown of it, and nothing else that a file may hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .fields import ANY, BadFigures, contents, field, listed, mapping, number, text

SHOWN = {
    "closed": "manage.py storm",
    "open": "manage.py storm --open-loop RATES",
    "memory": "manage.py storm --memory",
}
"""What a report shows, and the command that writes it."""
LIT = ("listen_overflows", "steal", "generator_cpu_share")
"""Facts that lamps read."""


class UnreadableStorm(ValueError):
    """A file that holds no storm; the message names it and says why."""


@dataclass(frozen=True)
class Closed:
    """A contender with so many handshakes at once that the server is never idle. Times in microseconds.

    Without a round in which neither failed, there are no figures at all.
    """

    key: str
    rate: float | None
    """Handshakes a second."""
    ratio: float | None
    low: float | None
    high: float | None
    """The rate over that of no authentication, with its 95 % interval."""
    cpu: float | None
    added_cpu: float | None
    """The server's processor time per handshake, and what of it is above no authentication."""
    p50: float | None
    p99: float | None
    failures: int = 0
    """Wrong answers."""


@dataclass(frozen=True)
class Offered:
    """A contender at a rate of arrivals that waits for nobody. Times in microseconds."""

    key: str
    rate: float
    achieved: float
    """Handshakes done per one offered."""
    p50: float | None
    p95: float | None
    p99: float | None
    failures: int = 0


@dataclass(frozen=True)
class Held:
    """What an idle connection holds of the server's memory, in bytes."""

    key: str
    deflate: bool
    slope_bytes: float
    over_none_bytes: float | None
    """Above no authentication."""
    failures: int = 0


@dataclass(frozen=True)
class Storm:
    """One run of `manage.py storm`."""

    command: str
    server: str
    facts: dict[str, Any]
    closed: list[Closed]
    open: list[Offered]
    memory: list[Held]

    @property
    def failures(self) -> dict[str, int]:
        """Wrong answers, by contender: who has one has no figure."""
        found: Counter[str] = Counter()
        for row in (*self.closed, *self.open, *self.memory):
            found[row.key] += row.failures
        return dict(+found)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Storm:
        """The inverse of `dataclasses.asdict`."""
        return cls(
            **{
                **data,
                "closed": [Closed(**row) for row in data["closed"]],
                "open": [Offered(**row) for row in data["open"]],
                "memory": [Held(**row) for row in data["memory"]],
            }
        )


def read(path: Path) -> Storm:
    """Raises `UnreadableStorm`."""
    try:
        return _storm(mapping(contents(path), "the file"))
    except BadFigures as error:
        raise UnreadableStorm(f"{path}: {error}") from None


def _storm(data: Mapping[str, Any]) -> Storm:
    if not any(data.get(kind) for kind in SHOWN):
        told = ", ".join(f"`{command}`" for command in SHOWN.values())
        raise BadFigures(f"nothing in it can be shown; what can is what these write with `--json`: {told}")
    parameters = mapping(field(data, "parameters", ""), "parameters")
    usual = {"rate": parameters.get("rate")}
    return Storm(
        command=text(data, "command", ""),
        server=text(parameters, "server", "parameters"),
        facts=_facts(mapping(field(data, "facts", ""), "facts")),
        closed=[_closed(row, place) for row, place in _rows(data, "closed")],
        open=[_offered({**usual, **row}, place) for row, place in _rows(data, "open")],
        memory=[_held(row, place) for row, place in _rows(data, "memory")],
    )


def _rows(data: Mapping[str, Any], kind: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    return ((row, f"{kind}[{at}]") for at, row in listed(data.get(kind, []), kind))


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Texts and numbers; those that a lamp reads are numbers."""
    for name, value in facts.items():
        if name in LIT or not isinstance(value, str | None):
            number(facts, name, "facts", least=ANY)
    return dict(facts)


def _closed(row: Mapping[str, Any], place: str) -> Closed:
    failures = _failures(row, place)
    if field(row, "rate", place) is None:
        return Closed(text(row, "key", place), *[None] * 8, failures)
    relative = mapping(field(row, "relative", place), f"{place}.relative")
    return Closed(
        text(row, "key", place),
        number(row, "rate", place, least=0),
        *(number(relative, name, f"{place}.relative", least=0) for name in ("estimate", "low", "high")),
        number(row, "cpu", place, least=0),
        number(row, "added_cpu", place, least=ANY),
        _perhaps(row, "p50", place),
        _perhaps(row, "p99", place),
        failures,
    )


def _offered(row: Mapping[str, Any], place: str) -> Offered:
    return Offered(
        text(row, "key", place),
        number(row, "rate", place),
        number(row, "achieved", place, least=0),
        *(_perhaps(row, name, place) for name in ("p50", "p95", "p99")),
        _failures(row, place),
    )


def _held(row: Mapping[str, Any], place: str) -> Held:
    deflate = field(row, "deflate", place)
    if not isinstance(deflate, bool):
        raise BadFigures(f"{place}.deflate must be true or false")
    return Held(
        text(row, "key", place),
        deflate,
        number(row, "slope_bytes", place, least=ANY),
        _perhaps({"over_none_bytes": None, **row}, "over_none_bytes", place),
        _failures(row, place),
    )


def _perhaps(row: Mapping[str, Any], name: str, place: str) -> float | None:
    """None where the samples didn't carry it."""
    return None if field(row, name, place) is None else number(row, name, place, least=ANY)


def _failures(row: Mapping[str, Any], place: str) -> int:
    told = mapping(field(row, "failures", place), f"{place}.failures")
    return sum(int(number(told, why, f"{place}.failures", least=0)) for why in told)
