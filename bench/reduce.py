"""A reduced summary of a run, to be committed: `python -m bench.reduce report/results.json`.

Rules: versions, date, command, counts, percentiles and ratios; no sample, no transcript, nothing that names a
machine. `docs.tables` makes the README's table of `bench/summary.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from .results import Column, Latency, Results, UnknownSchema
from .storms import Storm

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
    """Without those who gave a wrong answer."""
    return {
        "command": storm.command,
        "closed": {
            one.key: {"ratio": round(one.ratio, 3), "added_cpu": round(one.added_cpu)}
            for one in storm.closed
            if one.rate is not None and one.key not in storm.failures
        },
        "memory": {
            one.key: round(one.over_none_bytes)
            for one in storm.memory
            if not one.deflate and one.over_none_bytes is not None and one.key not in storm.failures
        },
    }


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
