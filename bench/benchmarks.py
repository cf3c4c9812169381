"""`python -m bench.benchmarks`: runs the benchmarks, keeps a run, compares a new run with a kept one.

    run                    print them side by side
    save NAME              the same, and keep the run as .benchmarks/NAME.json
    compare NAME           run them and compare with that run, or with a .json file
    compare NAME --with B  compare two kept runs; nothing is run

What follows `--` goes to pytest: `-- -k authtoken`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from core.interruption import exit_code, interruptible

from . import baseline
from .baseline import FOLDER, NoBaseline, Rows

SLOWER, USAGE, FAILED = 1, 2, 3
EXIT_CODES = """\
exit codes:
  0    nothing is slower by more than the threshold
  1    something is
  2    usage: an unknown option, no such baseline, a file that is none
  3    a benchmark failed, or none was run
  130  interrupted (Ctrl-C); 143: terminated"""
_ROOT = Path(__file__).resolve().parent.parent
_PYTEST = (
    *("-m", "pytest", "bench/", "-q", "--benchmark-only", "--benchmark-group-by=group", "--benchmark-sort=name"),
    "--benchmark-columns=min,median,iqr,rounds",
)


class Failed(Exception):
    """pytest ended with something else than success."""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m bench.benchmarks",
        description=__doc__,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="run|save|compare")
    run, save, compare = (commands.add_parser(name) for name in ("run", "save", "compare"))
    save.add_argument("name", type=_name)
    compare.add_argument("name")
    compare.add_argument("--with", dest="other", metavar="B", help="another kept run, instead of a new one")
    compare.add_argument("--threshold", type=_percent, default=10.0, metavar="PERCENT", help="of slower (default: 10)")
    for one in (run, save, compare):
        one.add_argument("pytest", nargs="*", metavar="-- PYTEST", help="arguments for pytest")
    return made


def _name(text: str) -> str:
    if not text.replace("-", "").replace("_", "").replace(".", "").isalnum() or text.endswith(".json"):
        raise argparse.ArgumentTypeError(f"{text!r} is no name for a run: letters, digits, '-', '_', '.'")
    return text


def _percent(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no percentage from 0 to 1000")
    return value


def run(arguments: Sequence[str], kept: Path | None = None) -> None:
    """Runs the benchmarks in a process of their own. Raises `Failed`."""
    json = [f"--benchmark-json={kept}"] if kept else []
    # In a process of a suite that is shared out pytest-benchmark measures nothing: this is none of them.
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST_")}
    ended = subprocess.run([sys.executable, *_PYTEST, *json, *arguments], cwd=_ROOT, env=alone, check=False)
    if ended.returncode:
        raise Failed(f"the benchmarks failed: pytest ended with {ended.returncode}")


def save(name: str, arguments: Sequence[str]) -> None:
    """A run that fails leaves an earlier one of the name as it was."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="wsauth-", dir=FOLDER) as folder:
        fresh = Path(folder).resolve() / "run.json"
        run(arguments, fresh)
        fresh.replace(baseline.path_of(name))
    print(f"kept as {baseline.path_of(name)}")


def compare(name: str, other: str | None, threshold: float, arguments: Sequence[str]) -> int:
    """Raises `NoBaseline` before anything is run."""
    then = baseline.load(name)
    now = baseline.load(other) if other else _fresh(arguments)
    found = baseline.changes(then, now)
    if not found:
        raise NoBaseline(f"{name!r} has no benchmark in common with {other or 'this run'!r}")
    print(*baseline.told(found, threshold), sep="\n")
    return SLOWER if any(one.is_slower_by(threshold) for one in found) else 0


def _fresh(arguments: Sequence[str]) -> Rows:
    with tempfile.TemporaryDirectory(prefix="wsauth-") as folder:
        kept = Path(folder) / "now.json"
        run(arguments, kept)
        return baseline.load(str(kept))


def main(argv: Sequence[str] | None = None) -> int:
    chosen = parser().parse_args(argv)
    try:
        with interruptible() as ended_by:
            return _obeyed(chosen)
    except NoBaseline as error:
        print(error, file=sys.stderr)
        return USAGE
    except Failed as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return exit_code(ended_by)


def _obeyed(chosen: argparse.Namespace) -> int:
    match chosen.command:
        case "compare":
            return compare(chosen.name, chosen.other, chosen.threshold / 100, chosen.pytest)
        case "save":
            save(chosen.name, chosen.pytest)
        case _:
            run(chosen.pytest)
    return 0


if __name__ == "__main__":
    sys.exit(main())
