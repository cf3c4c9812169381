"""What every measurement on a real server begins with: a database of its own, with people in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from .databases import close_connections, temporary_database
from .layers import require_layer
from .people import make_users
from .progress import Progress


@contextmanager
def populated(
    runner: asyncio.Runner, progress: Progress, count: int
) -> Iterator[tuple[Mapping[str, str], Sequence[Any]]]:
    """What a server needs in its environment to use it, and so many users. Raises `EnvironmentFailed`.

    The channel layer is tried first: without one nothing can be measured. `runner`: what asks for anything here.
    """
    with ExitStack() as stack:
        with progress.phase("Preparing a temporary database"):
            runner.run(require_layer())
            environment = stack.enter_context(temporary_database())
            stack.callback(close_connections, runner)
            users = runner.run(make_users(count))
        yield environment, users
