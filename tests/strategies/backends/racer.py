"""One of several processes that present the same tickets at the same time: `python -m tests.strategies.backends.racer`.

Line by line, in JSON: first how many tickets to mint, answered by them; then the batches to present, one a
thread, answered by `"ready"`; then anything, which is the start, answered by what came of each batch.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.db import connection  # noqa: E402

from strategies.backend import Identity, Place  # noqa: E402
from strategies.backends.ticket import Ticket, _digest  # noqa: E402


def mint(count: int) -> list[str]:
    """By the main thread, which then leaves its connection to the others: the lab's pool has ten."""
    try:
        user, _ = get_user_model().objects.get_or_create(username="racer")
        return [Ticket().mint(user) for _ in range(count)]
    finally:
        connection.close()


def present(batch: list[str], start: threading.Barrier, into: list[Any]) -> None:
    try:
        connection.ensure_connection()
        start.wait()
        found = Ticket()._used([(_digest(token), Place("/ws/")) for token in batch])
        into.append([token for token, one in zip(batch, found, strict=True) if isinstance(one, Identity)])
    except Exception as error:
        into.append(type(error).__name__)
    finally:
        connection.close()


def main() -> None:
    say(mint(hear()))
    batches, found = hear(), list[Any]()
    start = threading.Barrier(len(batches) + 1, timeout=20)
    threads = [threading.Thread(target=present, args=(batch, start, found)) for batch in batches]
    for thread in threads:
        thread.start()
    say("ready")
    hear()
    start.wait()
    for thread in threads:
        thread.join()
    say(found)


def hear() -> Any:
    return json.loads(sys.stdin.readline())


def say(answer: Any) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
