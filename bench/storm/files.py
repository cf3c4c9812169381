"""Room for many connections: the number of files that a process of a storm may have open."""

from __future__ import annotations

import resource

from bench.serving import EnvironmentFailed

OTHERS = 256
"""Files beyond connections: modules, databases, pipes."""


def make_room(connections: int) -> None:
    """For this process and those that it starts. Raises `EnvironmentFailed` where the limit can't be raised."""
    needed = connections + OTHERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _covers(soft, needed):
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard if _covers(hard, needed) else needed))
    except (ValueError, OSError):
        raise EnvironmentFailed(
            f"{connections:,} connections need {needed:,} open files in one process, and the hard limit is {hard:,}: "
            f"raise it (`ulimit -Hn {needed}`), or ask for {hard - OTHERS:,} connections at most"
        ) from None


def _covers(limit: int, needed: int) -> bool:
    return limit == resource.RLIM_INFINITY or limit >= needed
