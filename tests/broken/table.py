"""The table: `@broken(…)` adds a row; `gates`, `carriers`, `checks`, `lives` and `tickets` hold the rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from strategies.backend import Backend, Identity
from strategies.conformance import CASES
from strategies.gate import Gate
from strategies.policy import Policy
from strategies.registry import Pair
from strategies.wire import App

Build = Callable[[Pair, App], App]

EVERY = frozenset(case.id for case in CASES)
"""These sets mean: as far as the case applies to the pair."""
RACES = frozenset({"deactivated-meanwhile"})
"""Cases that may end in either way: a contender that is broken somewhere else may be caught by them, or not."""
HAPPENS = frozenset({
    "taken-back-live", "revoked-by-hand-live", "deactivated-live", "deleted-user-live", "behind-the-orm-live",
    "password-changed-live",
})  # fmt: skip
"""Cases in which something happens elsewhere that ends an open connection."""
ERROR = frozenset({"refresh-other-user", "refresh-bad", "refresh-bare", "refresh-flood", "reserved-type"})
"""Cases in which the client's own message ends it."""
IDENTITY = HAPPENS | ERROR | frozenset({
    "expires-live", "max-age", "refreshed", "refresh-older",
    "valid", "each-their-own", "ambient-ignored", "case-origin", "no-origin", "nothing-left",
    "two-auths", "second-auth", "announced", "protocol-named", "bearer64",
    "used-twice", "used-at-once", "bound",
})  # fmt: skip
"""Cases in which somebody gets in."""
REFUSAL = EVERY - IDENTITY - RACES
ANSWER = REFUSAL - {"never-called"}
"""Cases that look at how a refusal is told."""
NO_ANSWER = EVERY - {"never-called"}


@dataclass(frozen=True)
class Broken:
    """One row. `pair` is the unbroken original, which promises what this one doesn't keep."""

    name: str
    pair: str
    refuse: str
    caught_by: frozenset[str]
    build: Build

    @property
    def original(self) -> tuple[str, str]:
        return self.pair, self.refuse


TABLE: list[Broken] = []


def broken(pair: str, caught_by: Iterable[str], *, refuse: str = "handshake") -> Callable[[Build], Build]:
    def add(build: Build) -> Build:
        TABLE.append(Broken(build.__name__.replace("_", "-"), pair, refuse, frozenset(caught_by), build))
        return build

    return add


def gated(kind: type[Gate], pair: Pair, app: App) -> Gate:
    """`app` behind another kind of gate."""
    guard = pair.guard(app)
    return kind(**{field.name: getattr(guard, field.name) for field in fields(Gate)})


def ruled(kind: type[Policy], pair: Pair) -> Pair:
    """The pair under another kind of policy."""
    return replace(pair, policy=kind(**asdict(pair.policy)))


class Checking(Backend):
    """A backend out of one function."""

    def __init__(self, check: Callable[[str], Awaitable[Identity]]) -> None:
        self.verify = check  # type: ignore[method-assign]

    async def verify(self, token: str) -> Identity:
        raise NotImplementedError

    async def issue(self, user: Any) -> str:
        raise NotImplementedError


def checked(pair: Pair, check: Callable[[str], Awaitable[Identity]]) -> Pair:
    """The pair with another way to check a credential."""
    return replace(pair, backend=Checking(check))
