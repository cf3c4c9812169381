"""Who goes by a name: connections by what a revocation may call them.

There are two to four names for each, so they cost little: a key is a hash, some 30 bytes where the texts would be 200,
and most belong to one connection, which is kept without a set around it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .connection import Connection

Key = int
"""A hash of the kind of a name and of the name [SipHash: nobody outside can choose one]. Rule: two names may share one,
in 2**61, so whoever is found by it is a candidate until it is looked at."""


def key(kind: str, name: str) -> Key:
    return hash((kind, name))


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
