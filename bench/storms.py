"""What `manage.py storm --json` wrote, for a report: what is shown of it, and nothing else that a file may hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class UnreadableStorm(ValueError):
    """A file that holds no storm; the message names it and says why."""


@dataclass(frozen=True)
class Closed:
    """A contender with so many handshakes at once that the server is never idle. Times in microseconds."""

    key: str
    rate: float
    """Handshakes a second."""
    ratio: float
    low: float
    high: float
    """The rate over that of no authentication, with its 95 % interval."""
    cpu: float
    added_cpu: float
    """The server's processor time per handshake, and what of it is above no authentication."""
    p50: float | None
    p99: float | None


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


@dataclass(frozen=True)
class Held:
    """What an idle connection holds of the server's memory, in bytes."""

    key: str
    deflate: bool
    slope_bytes: float
    over_none_bytes: float | None
    """Above no authentication."""


@dataclass(frozen=True)
class Storm:
    """One run of `manage.py storm`."""

    command: str
    server: str
    facts: dict[str, Any]
    closed: list[Closed]
    open: list[Offered]
    memory: list[Held]

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
        return _storm(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise UnreadableStorm(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UnreadableStorm(f"{path}: no text") from None
    except ValueError as error:
        raise UnreadableStorm(f"{path}: no JSON ({error})") from None
    except (LookupError, TypeError, AttributeError):
        raise UnreadableStorm(f"{path}: not what `manage.py storm --json` writes") from None


def _storm(data: Mapping[str, Any]) -> Storm:
    usual = data["parameters"].get("rate")
    return Storm(
        command=data["command"],
        server=data["parameters"]["server"],
        facts=dict(data["facts"]),
        # Who failed in every round has no figures.
        closed=[_closed(row) for row in data["closed"] if row["rate"] is not None],
        open=[_offered({"rate": usual, **row}) for row in data["open"]],
        memory=[_held(row) for row in data.get("memory", ())],
    )


def _closed(row: Mapping[str, Any]) -> Closed:
    relative = row["relative"]
    return Closed(
        row["key"],
        float(row["rate"]),
        float(relative["estimate"]),
        float(relative["low"]),
        float(relative["high"]),
        float(row["cpu"]),
        float(row["added_cpu"]),
        row["p50"],
        row["p99"],
    )


def _offered(row: Mapping[str, Any]) -> Offered:
    return Offered(row["key"], float(row["rate"]), float(row["achieved"]), row["p50"], row["p95"], row["p99"])


def _held(row: Mapping[str, Any]) -> Held:
    return Held(row["key"], bool(row["deflate"]), float(row["slope_bytes"]), row.get("over_none_bytes"))
