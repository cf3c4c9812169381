"""A deployment's needs as people read them, and as programs do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from io import TextIOBase
from typing import Any

from bench.columns import aligned
from bench.storm.report import lines_of
from strategies.lifecycle import watch

from .assumptions import Assumptions, flag
from .check import TOLERANCE, Checked, Deviation
from .figures import Figure, Figures
from .lookups import CONTROLS, lookup
from .scenario import Outcome, Scenario
from .sizing import KIB, MIB, Need, arrivals, batch, lifetime, per_connection, queries, questions, refreshes

_NEEDS = (
    "contender",
    "CPU µs",
    "cores",
    "processes",
    "RAM GiB",
    "queries/s storm",
    "rest",
    "pool",
    "Redis/s storm",
    "rest",
    "back in s",
)
_SIMULATED = (
    "contender",
    "processes",
    "clients",
    "back in s",
    "p50 s",
    "p99 s",
    "failed",
    "dropped",
    "refused",
    "left",
)
SIMULATED_LEGEND = """\
Of processes that share nothing, only as many are simulated as have the clients given here. dropped: SYNs that
found a full backlog. refused: kept for longer than a server keeps a handshake. left: attempts given up."""


def show_needs(figures: Figures, needs: Sequence[Need], given: Assumptions, out: TextIOBase) -> None:
    out.write(f"{lines_of(figures.facts)}\n\n")
    by_key = {one.key: one for one in figures.rows}
    out.writelines(f"{line}\n" for line in aligned([_NEEDS, *(_need(by_key[one.key], one) for one in needs)]))
    largest = max(needs, key=lambda one: (one.key not in CONTROLS, one.processes, one.cores))
    out.write(f"\nFor {largest.key}:\n")
    out.writelines(f"  {line}\n" for line in formulas(by_key[largest.key], largest, given))
    out.write("\nAssumed:\n")
    told = list(given.told())
    widths = [max(len(one[column]) for one in told) for column in (0, 1)]
    out.writelines(f"  {name:<{widths[0]}}  {value:<{widths[1]}}  {why}\n" for name, value, why in told)


def formulas(figure: Figure, found: Need, given: Assumptions) -> Iterator[str]:
    """How each number came about."""
    asks, each = lookup(figure.key), per_connection(figure, given) / KIB
    comes, renews = arrivals(given), refreshes(asks, given)
    yield f"handshakes/s = connections / storm = {given.connections:,} / {given.storm:g} = {comes:,.1f}"
    yield (
        f"refreshes/s = connections / lifetime = {given.connections:,} / {lifetime(asks, given):g} = {renews:,.1f}"
        if renews
        else "refreshes/s = 0: such a credential does not expire"
    )
    yield (
        f"cores = ⌈max(handshakes/s, refreshes/s) × CPU / utilisation⌉ = ⌈{max(comes, renews):,.1f} × "
        f"{figure.cpu_high * 1e6:,.0f} µs / {given.utilisation:g}⌉ = {found.cores:,}"
    )
    yield (
        f"processes = max(cores, ⌈connections / limit⌉) = max({found.cores:,}, "
        f"⌈{given.connections:,} / {given.per_process_limit:,}⌉) = {found.processes:,}"
    )
    yield (
        f"RAM = processes × {given.memory_per_process:g} MiB + connections × {each:.1f} KiB "
        f"({'assumed' if figure.memory is None else 'measured'}) = {found.memory / KIB / MIB:,.1f} GiB"
    )
    yield _in_a_storm(figure, found, given)
    yield _at_rest(figure, found, given)
    yield _redis(figure, found, given)
    yield (
        f"back = connections × CPU / (cores × utilisation) = {given.connections:,} × {figure.cpu_high * 1e6:,.0f} µs / "
        f"({found.cores:,} × {given.utilisation:g}) = {found.back:.1f} s"
    )


def _redis(figure: Figure, found: Need, given: Assumptions) -> str:
    if not lookup(figure.key).watched:
        return f"Redis/s in a storm = {given.limit_operations:g} × handshakes/s = {found.storm_operations:,.1f}"
    return (
        f"Redis/s at rest = revocations/s × (1 + processes) = {given.revocations_per_second:g} × "
        f"(1 + {found.processes:,}) = {found.rest_operations:,.1f}; "
        f"in a storm + {given.limit_operations:g} × handshakes/s = {found.storm_operations:,.1f}"
    )


def _in_a_storm(figure: Figure, found: Need, given: Assumptions) -> str:
    asks, comes = lookup(figure.key), arrivals(given)
    if figure.queries is not None:
        return f"queries/s = handshakes/s × {figure.queries:g} (measured) = {found.storm_queries:,.1f}"
    together = batch(comes / found.processes, asks, given)
    return (
        f"queries/s = handshakes/s × statements / lookups together = {comes:,.1f} × {asks.statements} / "
        f"{together:.1f} = {found.storm_queries:,.1f}"
    )


def _at_rest(figure: Figure, found: Need, given: Assumptions) -> str:
    asks = lookup(figure.key)
    if not asks.watched:
        return "queries/s at rest, where nothing looks after sockets = 0.0"
    renewed = queries(refreshes(asks, given), asks, found.processes, given)
    return (
        f"queries/s at rest = processes × (questions × statements / recheck + journal) + those of refreshes = "
        f"{found.processes:,} × ({questions(found.processes, given):,.0f} × {asks.rechecked} / {given.recheck:g} + "
        f"{1 / watch.POLL:g}) + {renewed:,.1f} = {found.rest_queries:,.1f}"
    )


def _need(figure: Figure, one: Need) -> tuple[str, ...]:
    return (
        one.key,
        f"{figure.cpu_high * 1e6:,.0f}",
        f"{one.cores:,}",
        f"{one.processes:,}",
        f"{one.memory / KIB / MIB:,.1f}",
        f"{one.storm_queries:,.0f}",
        f"{one.rest_queries:,.0f}",
        f"{one.pool:,}",
        f"{one.storm_operations:,.0f}",
        f"{one.rest_operations:,.0f}",
        f"{one.back:.1f}",
    )


def show_simulated(found: Sequence[tuple[str, Scenario, Outcome]], out: TextIOBase) -> None:
    out.writelines(f"{line}\n" for line in aligned([_SIMULATED, *(_simulated(*one) for one in found)]))
    out.write(f"\n{SIMULATED_LEGEND}\n")


def _simulated(key: str, scenario: Scenario, outcome: Outcome) -> tuple[str, ...]:
    times = (outcome.recovery, *outcome.quantiles())
    counts = (outcome.failed, outcome.dropped, outcome.refused, outcome.abandoned)
    return (
        key,
        f"{scenario.processes:,}",
        f"{scenario.clients:,}",
        *("–" if one is None else f"{one:,.3f}" for one in times),
        *(f"{one:,}" for one in counts),
    )


def show_checked(one: Checked, out: TextIOBase) -> None:
    cpu = f"{one.cpu * 1e6:,.0f} µs of CPU per handshake"
    out.write(f"{one.key}: {cpu}; the server had {one.share:.0%} of a core; tolerance {TOLERANCE:.0%}\n\n")
    rows = [
        (each.name, f"{each.real:.3f}", f"{each.simulated:.3f}", f"{each.ratio.estimate - 1:+.0%}", _interval(each))
        for each in one.deviations
    ]
    out.writelines(f"{line}\n" for line in aligned([("", "real s", "simulated s", "off", "[95 %]"), *rows]))


def _interval(of: Deviation) -> str:
    return f"[{of.ratio.low - 1:+.0%} {of.ratio.high - 1:+.0%}]"


def as_json(
    figures: Figures,
    needs: Sequence[Need],
    given: Assumptions,
    simulated: Sequence[tuple[str, Scenario, Outcome]] = (),
) -> dict[str, Any]:
    by_key = {one.key: one for one in figures.rows}
    return {
        "server": figures.server,
        "facts": dict(figures.facts),
        "assumptions": {name: {"flag": flag(name), "value": value} for name, value in asdict(given).items()},
        "needs": [
            {**asdict(one), "figure": asdict(by_key[one.key]), "formulas": list(formulas(by_key[one.key], one, given))}
            for one in needs
        ],
        "simulated": [
            {"key": key, "scenario": asdict(scenario), **outcome_json(outcome)} for key, scenario, outcome in simulated
        ],
    }


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    p50, p99 = outcome.quantiles()
    counts = {name: value for name, value in asdict(outcome).items() if name != "seconds"}
    return {**counts, "authenticated": outcome.authenticated, "p50": p50, "p99": p99}


def checked_json(one: Checked) -> dict[str, Any]:
    return {**asdict(one), "tolerance": TOLERANCE, "passed": one.passed, "is_noise": one.is_noise}
