from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from django.conf import settings

SCRIPT = """
import asyncio, django
django.setup()
from channels.db import database_sync_to_async
from django.db import connection
from bench.storm.counter import Counter
from strategies.lifecycle.watch import NAME

counter = Counter()
counter.install()

async def hops():
    def work():
        connection.cursor().execute("SELECT 1")
        connection.close()
        connection.cursor().execute("SELECT 1")
    await database_sync_to_async(work)()
    await database_sync_to_async(lambda: None)()
    await asyncio.create_task(database_sync_to_async(lambda: connection.cursor().execute("SELECT 1"))(), name=NAME)
    await database_sync_to_async(lambda: None)()

connection.cursor().execute("SELECT 1")
assert counter.so_far() == {"queries": 1, "connections_opened": 1, "thread_hops": 0}, counter.so_far()
asyncio.run(hops())
assert counter.so_far() == {"queries": 3, "connections_opened": 3, "thread_hops": 3}, counter.so_far()
"""


def test_every_door_is_counted_but_for_the_watch(tmp_path: Path) -> None:
    """In a process of its own, since what is installed stays; with a file, since memory is never closed."""
    subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=settings.BASE_DIR,
        env={"DJANGO_SETTINGS_MODULE": "core.settings", "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"},
        check=True,
        timeout=60,
    )
