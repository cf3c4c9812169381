"""Files of earlier runs that a report takes: what `manage.py storm` and `manage.py kick` wrote with `--json`, and what
`make bench-save` kept. They are read before anything is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from . import baseline
from .breakdown import Benched, benched
from .fields import BadFigures, contents, field, mapping, text
from .storms import Kick, Storm

STORMS = {
    "closed": "manage.py storm",
    "open": "manage.py storm --open-loop RATES",
    "memory": "manage.py storm --memory",
    "reconnects": "manage.py storm --reconnect N",
    "refusals": "manage.py storm --refusals",
    "counts": "manage.py storm --counts",
}
"""What a storm's file may hold, and the command that writes it."""
_BESIDE = ("slo", "recovery", "goals")
"""What comes with some of these."""
Read = TypeVar("Read")


@dataclass(frozen=True)
class Given:
    """All that a report was given."""

    storms: list[Storm]
    kicks: list[Kick]
    benched: list[Benched]


NOTHING = Given([], [], [])


class Unreadable(ValueError):
    """A file that holds no such thing; the message names it and says why."""


def storm(path: Path) -> Storm:
    """Raises `Unreadable`, as the others do."""
    return _read(path, _storm)


def kick(path: Path) -> Kick:
    return _read(path, _kick)


def bench(path: Path) -> Benched:
    try:
        return benched(baseline.load(str(path)).values(), f"make bench-save BASE={path.stem}")
    except baseline.NoBaseline as error:
        raise Unreadable(str(error)) from None


def _read(path: Path, how: Callable[[Mapping[str, Any]], Read]) -> Read:
    try:
        return how(mapping(contents(path), "the file"))
    except BadFigures as error:
        raise Unreadable(f"{path}: {error}") from None


def _storm(data: Mapping[str, Any]) -> Storm:
    if not any(data.get(kind) for kind in STORMS):
        told = ", ".join(f"`{command}`" for command in STORMS.values())
        raise BadFigures(f"nothing in it can be shown; what can is what these write with `--json`: {told}")
    server = text(mapping(field(data, "parameters", ""), "parameters"), "server", "parameters")
    return Storm.from_json({**{kind: [] for kind in (*STORMS, *_BESIDE)}, **data, "server": server})


def _kick(data: Mapping[str, Any]) -> Kick:
    if "ended" not in data:
        raise BadFigures("nothing in it can be shown; what can is what `manage.py kick --json` writes")
    return Kick.from_json(data)
