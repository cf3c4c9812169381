"""With a database that isn't the test's own: in a process of its own, as the commands are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.interruptible import nothing_left

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import asyncio, io, json
import django; django.setup()
from bench.populated import populated
from bench.progress import Lines
from django.contrib.auth import get_user_model
out = io.StringIO()
with asyncio.Runner() as runner, populated(runner, Lines(out), 3) as (environment, users):
    there = runner.run(get_user_model().objects.acount())
print(json.dumps([sorted(environment), len({user.pk for user in users}), there, out.getvalue()]))
"""


def test_a_database_with_people_that_is_gone_afterwards(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "core.settings", "TMPDIR": str(tmp_path / "tmp")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [["DATABASE_URL"], 3, 3, "Preparing a temporary database …\n"]
    nothing_left(tmp_path)
