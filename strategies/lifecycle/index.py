"""Who goes by a name: connections by what a revocation may call them.

Most names belong to one connection, so it is kept without a set around it: a set is some two hundred bytes, and there
are two or three names for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .connection import Connection

Key = tuple[str, str]
"""The kind of a name, and the name."""


class Index:
    """Connections by several keys each."""

    def __init__(self) -> None:
        self._found: dict[Key, Connection | set[Connection]] = {}

    def __len__(self) -> int:
        return len(self._found)

    def add(self, connection: Connection, keys: Iterable[Key]) -> None:
        for key in keys:
            there = self._found.get(key)
            if there is None:
                self._found[key] = connection
            elif isinstance(there, set):
                there.add(connection)
            elif there is not connection:
                self._found[key] = {there, connection}

    def remove(self, connection: Connection, keys: Iterable[Key]) -> None:
        """Takes it out wherever it is; nothing where it is not."""
        for key in keys:
            there = self._found.get(key)
            if isinstance(there, set):
                there.discard(connection)
            if there is connection or not there:
                self._found.pop(key, None)

    def count(self, key: Key) -> int:
        there = self._found.get(key, ())
        return len(there) if isinstance(there, set | tuple) else 1

    def find(self, key: Key) -> list[Connection]:
        there = self._found.get(key)
        if there is None:
            return []
        return list(there) if isinstance(there, set) else [there]
