"""The state of the machine around a storm: what would make its figures worthless."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NETSTAT, _STAT = Path("/proc/net/netstat"), Path("/proc/stat")


@dataclass(frozen=True, slots=True)
class State:
    """Counters are since the machine started, except the load."""

    load: float
    """Runnable processes, averaged over a minute."""
    overflows: int
    """Connections that a full listen queue turned away: each costs its client a second and more."""
    stolen: int
    """Processor time that the hypervisor gave to others, in ticks."""
    ticks: int
    """All processor time."""

    def until(self, later: State) -> dict[str, Any]:
        """What happened in between."""
        return {
            "load_before": self.load,
            "load_after": later.load,
            "listen_overflows": later.overflows - self.overflows,
            "steal": round((later.stolen - self.stolen) / max(1, later.ticks - self.ticks), 4),
        }


def state() -> State:
    """Now. What a system doesn't tell is zero."""
    stolen, ticks = steal(_text(_STAT))
    return State(
        load=round(os.getloadavg()[0], 2),
        overflows=counter(_text(_NETSTAT), "TcpExt", "ListenOverflows"),
        stolen=stolen,
        ticks=ticks,
    )


def counter(netstat: str, protocol: str, name: str) -> int:
    """One of /proc/net/netstat: a line of names and a line of values for each protocol."""
    lines = [line.split() for line in netstat.splitlines() if line.startswith(f"{protocol}:")]
    for names, values in zip(lines[::2], lines[1::2], strict=False):
        if name in names:
            return int(values[names.index(name)])
    return 0


def steal(stat: str) -> tuple[int, int]:
    """The eighth column of /proc/stat's first line, and the sum of all eight."""
    times = [int(one) for one in stat.partition("\n")[0].split()[1:9]]
    return (times[7], sum(times)) if len(times) == 8 else (0, 0)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
