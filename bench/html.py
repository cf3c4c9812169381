"""The results as files: `results.json`, and `index.html`, one page that needs nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .results import Results
from .serving import EnvironmentFailed

PAGE, DATA = "index.html", "results.json"


def prepare(folder: Path) -> Path:
    """The report's folder, known to be writable before anything is measured. Raises `EnvironmentFailed`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (PAGE, DATA):
            with (folder / name).open("a"):
                pass
    except OSError as error:
        raise EnvironmentFailed(f"no report can be written to {folder}: {os.strerror(error.errno or 0)}") from None
    return folder


def write(results: Results, folder: Path) -> None:
    """Both files. Raises `EnvironmentFailed`."""
    try:
        (folder / DATA).write_text(json.dumps(results.as_json(), ensure_ascii=False) + "\n", encoding="utf-8")
        (folder / PAGE).write_text(page(results), encoding="utf-8")
    except OSError as error:
        raise EnvironmentFailed(f"the report could not be written: {os.strerror(error.errno or 0)}") from None


def page(results: Results) -> str:
    # Not at the top: matplotlib takes its time, which nobody should wait for who has only mistyped a flag.
    from .page import content

    return content(results)
