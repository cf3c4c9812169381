"""Where credentials were looked for after the cases, and whether one was found.

The scope and the answer are looked through by the cases themselves, whose reasons are read here; the server's
log is looked through here, for every credential that was handed out, in every spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from strategies.conformance.attempt import encodings

from .results import Column, Leak

_LEFT_IN = re.compile(r"the credential is left in (the application's scope|the answer) \((?P<how>[^)]+)\)")


def leaks(columns: Iterable[Column], secrets: Iterable[tuple[str, list[str]]], log: str) -> list[Leak]:
    """A row for each contender. `secrets`: its credentials, by its key."""
    given = dict(secrets)
    return [
        Leak(
            key=column.key,
            credentials=len(set(given.get(column.key, ()))),
            scope=_left_in("the application's scope", column),
            answer=_left_in("the answer", column),
            log=found(given.get(column.key, ()), log),
        )
        for column in columns
    ]


def _left_in(where: str, column: Column) -> str:
    for cell in column.cells.values():
        if (left := _LEFT_IN.search(cell.reason)) and left[1] == where:
            return left["how"]
    return ""


def found(secrets: Iterable[str], text: str) -> str:
    """How the first secret that a text holds is spelled in it; empty when it holds none."""
    for secret in secrets:
        for how, spelling in encodings(secret).items():
            if spelling in text:
                return how
    return ""
