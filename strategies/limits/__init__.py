"""How much one client may ask for: strangers at once, failures in a minute, connections of one user.

`Limits` is what the settings say; the gate makes a `Visit` of each attempt, and asks it. What lives below:
`address` (whose attempt it is), `occupancy` (how many at once), `rates` (how many lately), `barred` (who has to wait).

Rule: whatever is counted here is counted alike for users that exist and users that don't.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ..handshake import Scope
from ..policy import by_fields, positive
from ..refusal import Reason, Refused
from .address import Forwarded, counted, peer
from .barred import Barred
from .occupancy import Occupancy
from .rates import MEMORY, Rate, Rates

UNCOUNTED = frozenset(
    {Reason.ORIGIN, Reason.INSECURE, Reason.EXPIRED, Reason.UNAVAILABLE, Reason.INTERNAL, Reason.RATE_LIMITED}
)
"""Refusals that are no failure of the address. A foreign page could make any visitor's browser cause the first two;
time alone brings the third about, to a whole office at once; the rest are the server's."""


@dataclass(frozen=True)
class Limits:
    """The limits of a process, shared by its routes. None switches one off. Raises `ValueError` for bad ones."""

    unauthenticated: int | None = 10_000
    """Sockets that are being verified at once, in this process: all of them, when everybody comes back at once."""
    unauthenticated_per_address: int | None = 50
    """The same, of one address."""
    connections_per_user: int | None = 100
    """Live connections of one user, in this process. Users without a primary key are not counted."""
    failures_per_address: Rate | None = None
    """Refused attempts after which an address has to wait."""
    connects_per_user: Rate | None = None
    """Connects of one user with good credentials."""
    storage: str = field(default=f"{MEMORY}://", repr=False)
    """Where rates are counted. May hold a password."""
    address: Forwarded | None = None
    """Where a client's address is read; None: the socket."""
    occupancy: Occupancy = field(init=False, repr=False, compare=False)
    barred: Barred = field(init=False, repr=False, compare=False)
    rates: Rates = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("unauthenticated", "unauthenticated_per_address", "connections_per_user"):
            if getattr(self, name) is not None:
                positive(name, getattr(self, name), int)
        for name in ("failures_per_address", "connects_per_user"):
            self._set(name, _rate(name, getattr(self, name)))
        if self.address is not None and not isinstance(self.address, Forwarded):
            self._set("address", Forwarded.from_settings(self.address))
        self._set("occupancy", Occupancy(self.unauthenticated, self.unauthenticated_per_address))
        self._set("barred", Barred())
        self._set("rates", Rates(self.storage))
        if self.failures_per_address or self.connects_per_user:
            self.rates.check()

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @classmethod
    def from_settings(cls, config: Mapping[str, Any]) -> Self:
        """From the upper-case keys of the settings. Raises `ValueError`."""
        return by_fields(cls, config)

    def visit(self, scope: Scope) -> Visit:
        """One attempt, which has not entered yet."""
        return Visit(self, peer(scope, self.address))


class Visit:
    """One attempt, from the request until it is known whose it is. `enter`, `recognised`, `joins` raise `Refused`."""

    __slots__ = ("_address", "_inside", "_limits", "peer")

    def __init__(self, limits: Limits, peer: str) -> None:
        """`peer`: the address of whoever asks."""
        self.peer = peer
        self._limits = limits
        self._address = counted(peer)
        self._inside = False

    def enter(self) -> None:
        """Takes a stranger's place, before anything is accepted or verified."""
        _without(self._limits.barred.wait(self._address))
        self._limits.occupancy.enter(self._address)
        self._inside = True

    async def failed(self, reason: Reason) -> None:
        """It was refused. The storage is asked here and not in `enter`: who does nothing wrong doesn't wait for it."""
        rate, rates = self._limits.failures_per_address, self._limits.rates
        if rate is None or reason in UNCOUNTED:
            return
        await rates.count(rate, "failures", self._address)
        wait = await rates.full(rate, "failures", self._address)
        if wait is not None:
            self._limits.barred.bar(self._address, wait)

    async def recognised(self, user: Any) -> None:
        """Its credential is good."""
        rate, pk = self._limits.connects_per_user, getattr(user, "pk", None)
        if rate is not None and pk is not None:
            _without(await self._limits.rates.count(rate, "connects", str(pk)))

    def joins(self, others: int) -> None:
        """It becomes a connection of a user who has `others` already."""
        most = self._limits.connections_per_user
        if most is not None and others >= most:
            raise Refused(Reason.RATE_LIMITED)

    def leave(self) -> None:
        """Gives its place back, once, whatever came of it."""
        if self._inside:
            self._inside = False
            self._limits.occupancy.leave(self._address)


def _without(wait: float | None) -> None:
    if wait is not None:
        raise Refused(Reason.RATE_LIMITED, retry_after=wait)


def _rate(name: str, value: object) -> Rate | None:
    if value is None or isinstance(value, Rate):
        return value
    try:
        return Rate.read(value)
    except ValueError as error:
        raise ValueError(f"{name.upper()}: {error}") from None


UNLIMITED = Limits(None, None, None)
