"""What a storm may measure: each kind is a function of a rig, chosen by an option of the command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import counts, memory, queueing, reconnect, refusals
from .load import Results, Rig, closed_loop
from .loops import LARGEST_CROWD

Kind = Callable[[Rig], Results]


def chosen(options: dict[str, Any]) -> Kind:
    """By the options; at most one of them asks for another kind than the closed loop."""
    if rates := options["open_loop"]:
        return open_loop(rates, options["seconds"], options["slo"])
    if options["memory"]:
        sizes = options["sizes"]
        return lambda rig: Results(memory=memory.measure(rig, sizes))
    if connections := options["reconnect"]:
        jitter, idle = options["jitter"], options["idle"]
        return lambda rig: Results(reconnects=reconnect.measure(rig, connections, jitter=jitter, idle=idle))
    if options["refusals"]:
        return bad_credentials
    if options["counts"]:
        return lambda rig: Results(counts=counts.measure(rig))
    return closed_loop


def most_connections(options: dict[str, Any]) -> int:
    """That a process may have at a time."""
    return max(
        options["concurrency"] * 2,
        LARGEST_CROWD if options["open_loop"] else 0,
        options["sizes"][-1] if options["memory"] else 0,
        options["reconnect"] or 0,
    )


def open_loop(rates: Sequence[float], seconds: float | None, slo: float) -> Kind:
    def measure(rig: Rig) -> Results:
        rows = queueing.sweep(rig, rates, seconds, slo)
        return Results(opened=rows, slo=list(queueing.capacities(rows, slo)) if len(rates) > 1 else ())

    return measure


def bad_credentials(rig: Rig) -> Results:
    found, recovery = refusals.measure(rig)
    return Results(refusals=found, recovery=recovery)
