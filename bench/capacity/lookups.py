"""What a verification asks of the database, by backend. Counted by the tests, not by hand.

A backend that is not listed, a stranger's, is taken for one that asks once, on its own, for every handshake.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lookup:
    statements: int = 1
    """Of one lookup, however many are batched into it."""
    batched: bool = False
    expires: bool = False
    """Whether its credentials are refreshed while the socket lives."""


STRANGER = Lookup()
BACKENDS = {
    "authtoken": Lookup(1, batched=True),
    "session": Lookup(2, batched=True),
    "simplejwt": Lookup(2, batched=True, expires=True),  # the user, and simplejwt's blacklist
    "simplejwt_stateless": Lookup(0, expires=True),
}
CONTROLS = {
    "control-none (again)": Lookup(0),
    "control-session": Lookup(2),
    "tutorial": Lookup(1),
}


def lookup(key: str) -> Lookup:
    """Of a contender."""
    return CONTROLS.get(key) or BACKENDS.get(key.rpartition("/")[2], STRANGER)
