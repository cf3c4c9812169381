"""What a verification and a re-check ask of the database, by backend. Counted by the tests, not by hand.

A backend that is not listed, a stranger's, is taken for one that asks once, on its own, for every handshake.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lookup:
    statements: int = 1
    """Of one lookup, however many are batched into it."""
    rechecked: int = 1
    """Of one re-check, however many sockets it asks for."""
    batched: bool = False
    expires: bool = False
    """Whether its credentials are refreshed while the socket lives."""
    lifetime: float | None = None
    """Seconds, where the backend has its own, whatever credentials are assumed to live for."""
    watched: bool = True
    """Whether anything looks after its sockets; behind a control nothing does."""


STRANGER = Lookup()
BACKENDS = {
    "authtoken": Lookup(1, batched=True),
    "session": Lookup(2, rechecked=2, batched=True),
    "simplejwt": Lookup(2, rechecked=2, batched=True, expires=True),  # the user, and simplejwt's blacklist
    "simplejwt_stateless": Lookup(0, rechecked=0, expires=True),
    "ticket": Lookup(2, batched=True, expires=True, lifetime=3600.0),  # claimed, and read
}
CONTROLS = {
    "control-none (again)": Lookup(0, watched=False),
    "control-session": Lookup(2, watched=False),
    "tutorial": Lookup(2, watched=False),
}


def lookup(key: str) -> Lookup:
    """Of a contender."""
    return CONTROLS.get(key) or BACKENDS.get(key.rpartition("/")[2], STRANGER)
