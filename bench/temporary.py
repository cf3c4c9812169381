"""Where a command keeps what is temporary."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def temporary_folder(prefix: str) -> Iterator[None]:
    """Everything temporary inside one folder: an interruption between two steps leaves nothing of either."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = before
