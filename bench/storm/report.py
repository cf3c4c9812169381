"""A storm's figures as people read them, and as programs do."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import asdict, replace
from io import TextIOBase
from typing import Any

from bench import reached
from bench.columns import aligned

from .aims import goals
from .load import Plan, Results
from .tables import TABLES

NAMES = {"rows": "closed", "opened": "open"}
"""Fields of `Results` that have another name in JSON."""
_WIDTH = 118
_TOGETHER = "\N{NO-BREAK SPACE}"


def show(plan: Plan, results: Results, command: str, out: TextIOBase) -> None:
    """The tables, what ran where, and what went wrong."""
    out.write(f"{command}\n{lines_of(results.facts)}\n")
    for name, table in TABLES.items():
        if rows := getattr(results, name):
            out.write("\n")
            out.writelines(f"{line}\n" for line in aligned([table.columns, *map(table.cells, rows)]))
            out.write(f"\n{table.legend}\n")
    for key, why, times in results.failures:
        out.write(f"WRONG {key}: {why}, {times} times\n")
    reached.write(goals(plan, results), reached.where(plan.server, results.facts), out)


def as_json(plan: Plan, results: Results, command: str) -> dict[str, Any]:
    return {
        "command": command,
        "facts": dict(results.facts),
        "parameters": {
            "server": plan.server,
            "seed": plan.seed,
            "concurrency": plan.concurrency,
            "block": plan.block,
            "people": plan.people,
            "generators": plan.generators,
        },
        **{NAMES.get(name, name): [_as_dict(row) for row in getattr(results, name)] for name in TABLES},
        "goals": reached.told(goals(plan, results)),
    }


def _as_dict(row: Any) -> dict[str, Any]:
    """`asdict` would make a Counter anew of its items, and count those."""
    return asdict(replace(row, failures=dict(row.failures)) if hasattr(row, "failures") else row)


def lines_of(facts: Mapping[str, Any]) -> str:
    """Lines that break between two facts, and in none."""
    words = (f"{name.replace('_', ' ')} {value}".replace(" ", _TOGETHER) for name, value in facts.items())
    text = f"{_TOGETHER}· ".join(words)
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False).replace(_TOGETHER, " ")
