"""What nobody measured: each with its flag, its unit and the reason for its default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from bench.command import number


def _assumed(default: float, unit: str, why: str, *, above: float = 0, below: float = 1e9) -> Any:
    bounds = {"above": above, "below": below}
    return field(
        default=default,
        metadata={"default": default, "unit": unit, "why": why, "type": number(type(default), **bounds)},
    )


@dataclass(frozen=True, slots=True)
class Assumptions:
    """A field is a flag of the same name."""

    connections: int = _assumed(1_000_000, "sockets", "open at the same time")
    storm: float = _assumed(60.0, "s", "within which all of them must be back after all were lost")
    utilisation: float = _assumed(0.7, "of a core", "that handshakes may take: the rest is your application's", below=1)
    per_process_limit: int = _assumed(10_000, "sockets", "of one process: descriptors, and pauses of its collector")
    memory_per_connection: float = _assumed(32.0, "KiB", "where the figures have none; compression can double it")
    memory_per_process: float = _assumed(100.0, "MiB", "of a process without a connection: mostly its imports")
    query_ms: float = _assumed(1.0, "ms", "from asking to the answer, network included")
    database_connections: int = _assumed(1, "a process", "Channels asks on one thread of each process")
    recheck: float = _assumed(60.0, "s", "between two looks at a live socket's credential")
    lifetime: float = _assumed(300.0, "s", "of a credential that expires; each refresh costs a handshake at most")
    revocations_per_second: float = _assumed(1.0, "/s", "one message to every process for each", above=-1e-9)
    limit_operations: float = _assumed(
        0.0, "a handshake", "of Redis: 0 where limits are counted in memory", above=-1e-9
    )

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Assumptions:
        return cls(**{one.name: options[one.name] for one in fields(cls)})

    def told(self) -> Iterator[tuple[str, str, str]]:
        """Flag, value with its unit, reason."""
        for one in fields(self):
            yield flag(one.name), f"{plain(getattr(self, one.name))} {one.metadata['unit']}", one.metadata["why"]

    def changed(self) -> list[str]:
        """The flags that differ from their defaults."""
        return [
            f"{flag(one.name)} {getattr(self, one.name):.10g}"
            for one in fields(self)
            if getattr(self, one.name) != one.default
        ]


def plain(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"


def flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def add_assumptions(parser: Any) -> None:
    group = parser.add_argument_group("assumptions")
    for one in fields(Assumptions):
        unit, why = one.metadata["unit"], one.metadata["why"]
        said = f"{unit}: {why} ({plain(one.metadata['default'])})".replace("%", "%%")
        group.add_argument(flag(one.name), type=one.metadata["type"], default=one.default, metavar="N", help=said)
