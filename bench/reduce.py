"""A reduced summary of a run, to be committed: `python -m bench.reduce report/results.json`.

Rules: versions, date, command, counts, percentiles and ratios; no sample, no transcript, nothing that names a
machine. `docs.tables` makes the README's table of `bench/summary.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Container
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
django.setup()  # rows of storms are defined beside what measures them

from .judged import Judged  # noqa: E402
from .places import by_goal  # noqa: E402
from .reached import where  # noqa: E402
from .results import Column, Latency, Results, UnknownSchema  # noqa: E402
from .storm.figures import Row  # noqa: E402
from .storms import Kick, Storm  # noqa: E402

SUMMARY = Path(__file__).resolve().parent / "summary.json"
USAGE = 2


def reduced(results: Results) -> dict[str, Any]:
    times = {one.key: one for one in results.authenticated}
    return {
        "date": results.generated[:10],
        "command": results.command,
        "passed": results.passed,
        "versions": results.versions,
        "machine": results.machine,
        "rounds": results.parameters["rounds"],
        "noise": results.noise,
        "rig": vars(results.rig),
        "contenders": [_contender(key, times, results.columns) for key in _keys(results)],
        "storms": [_storm(storm) for storm in results.storms],
        "log_outs": [_kick(kick) for kick in results.kicks],
        "goals": _goals(results),
    }


def _keys(results: Results) -> list[str]:
    judged = [column.key for column in results.columns]
    return [*judged, *(one.key for one in results.authenticated if one.key not in judged)]


def _contender(key: str, times: dict[str, Latency], columns: list[Column]) -> dict[str, Any]:
    column = next((one for one in columns if one.key == key), None)
    figures = ("p50", "p95", "p99", "ratio", "low", "high", "word")
    return {
        "key": key,
        "counted": column is not None and column.counted,
        "verdicts": Counter(cell.outcome for cell in column.cells.values()) if column else {},
        **({name: getattr(times[key], name) for name in figures} if key in times else {}),
    }


def _storm(storm: Storm) -> dict[str, Any]:
    """Without those who gave a wrong answer, and without kinds that it holds nothing of."""
    right = partial(_by_key, failed=storm.failures)
    kinds = {
        "closed": right(
            {one.key: _closed(one) for one in storm.closed if one.relative is not None},
        ),
        "memory": right(
            {
                one.key: round(one.over_none_bytes)
                for one in storm.memory
                if not one.deflate and one.over_none_bytes is not None
            }
        ),
        "capacity": right({one.key: one.rate for one in storm.slo}),
        "recovery_seconds": right(
            {one.key: round(one.recovery_seconds, 2) for one in storm.reconnects if one.recovery_seconds is not None}
        ),
        "queries": right({one.key: round(one.queries_under_storm, 3) for one in storm.counts}),
    }
    return {
        "command": storm.command,
        "where": where(storm.server, storm.facts),
        **{kind: figures for kind, figures in kinds.items() if figures},
    }


def _by_key(figures: dict[str, Any], failed: Container[str]) -> dict[str, Any]:
    return {key: figure for key, figure in figures.items() if key not in failed}


def _closed(row: Row) -> dict[str, Any]:
    assert row.relative is not None
    assert row.added_cpu is not None
    return {"ratio": round(row.relative.estimate, 3), "added_cpu": round(row.added_cpu)}


def _kick(kick: Kick) -> dict[str, Any]:
    millis = {
        name: None if seconds is None else round(seconds * 1000)
        for name, seconds in (("p50", kick.p50), ("p99", kick.p99), ("max", kick.max))
    }
    return {"command": kick.command, "where": where(kick.parameters.server, kick.facts), **millis}


def _goals(results: Results) -> list[dict[str, Any]]:
    """One for each run: how many contenders it was met by, and the farthest of them."""
    return [
        {
            "goal": goal.id,
            "where": one.place.where,
            "limit": round(one.outcome.judged[0].limit, 3),
            **one.outcome.counts,
            "farthest": _farthest(one.outcome.farthest),
        }
        for goal, runs in by_goal(results)
        for one in runs
    ]


def _farthest(one: Judged | None) -> dict[str, Any] | None:
    if one is None or one.measured is None:
        return None
    return {"key": one.key, **{name: round(value, 3) for name, value in asdict(one.measured).items()}}


def read(path: Path) -> Results:
    """Raises `ValueError` with a message that names the file and says why."""
    try:
        return Results.from_json(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    except UnknownSchema as error:
        raise ValueError(f"{path}: {error}") from None
    except (ValueError, LookupError, TypeError):
        raise ValueError(f"{path}: not the results.json of a comparison") from None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.reduce", description=__doc__)
    parser.add_argument("results", type=Path, help="the results.json of a comparison")
    parser.add_argument("--to", type=Path, default=SUMMARY, metavar="FILE", help="bench/summary.json by default")
    options = parser.parse_args(arguments)
    try:
        found = reduced(read(options.results))
        options.to.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except (ValueError, OSError) as error:
        print(f"python -m bench.reduce: {error}", file=sys.stderr)
        return USAGE
    print(f"written: {options.to.name}; now run `python -m docs.tables`")
    return 0


if __name__ == "__main__":
    sys.exit(main())
