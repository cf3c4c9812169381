"""What a strategy is: how a credential travels, as two halves, a scrubber and declared facts."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from .flow import ClientFlow, Credential, Open, ServerFlow
from .handshake import Handshake, Scope
from .messages import unsafe
from .refusal import Reason, Refused


@dataclass(frozen=True, slots=True)
class Traits:
    """Facts about a strategy. Policy, system checks, cases and reports read them; nothing else is assumed."""

    ambient: bool = False
    """The browser attaches the credential unasked, so a foreign page could use it: Origins are mandatory."""
    in_url: bool = False
    """The credential is part of the URL, which servers, proxies and histories may keep."""
    accepts_first: bool = False
    """The upgrade is finished before there is an identity: an unknown peer holds an open socket."""
    in_subprotocol: bool = False
    """The credential travels among the offered subprotocols: the gate must name an application protocol."""
    browser: bool = True
    """A script in a browser can send it."""


@runtime_checkable
class Strategy(Protocol):
    """How a credential travels. Immutable after construction; shared by all connections of a route."""

    traits: Traits

    def server(self, handshake: Handshake) -> ServerFlow:
        """Yields steps, returns the credential; raises `Refused` for anything else."""
        ...

    def client(self, token: str) -> ClientFlow:
        """The mirror of `server`: what a client must send to present `token`.

        Raises `ValueError` for one that the carrier would not bring over as it is: see `presentable`.
        """
        ...

    def carries(self, handshake: Handshake) -> bool:
        """Whether the upgrade request holds something that this strategy would read as a credential."""
        ...

    def scrub(self, scope: Scope) -> Scope:
        """The same scope without the secret, as a new dict; the given one is left as it is."""
        ...


class HandshakeStrategy(ABC):
    """For a credential inside the upgrade request: write `find`, `opening` and `scrub`, that is all."""

    traits = Traits()

    @abstractmethod
    def find(self, handshake: Handshake) -> Credential:
        """The credential, or `Refused`: MISSING only where there is no trace of one."""

    @abstractmethod
    def opening(self, token: str) -> Open:
        """The upgrade request that presents `token`. Raises `ValueError` for one that can't be: see `presentable`."""

    @abstractmethod
    def scrub(self, scope: Scope) -> Scope:
        """The same scope without the secret, as a new dict."""

    def server(self, handshake: Handshake) -> ServerFlow:
        yield from ()
        return self.find(handshake)

    def client(self, token: str) -> ClientFlow:
        yield self.opening(token)

    def carries(self, handshake: Handshake) -> bool:
        """Asked of every request on the other routes. Most hold nothing at all: a strategy that sees so at a
        glance overrides this and spares them `find` and its exception."""
        try:
            self.find(handshake)
        except Refused as refused:
            return refused.reason is not Reason.MISSING
        return True


def presentable(token: str, carrier: str = "", holds: re.Pattern[str] | None = None) -> str:
    """`token`, if `carrier` brings it over as it is: it `holds` such text only, where it can't hold all.

    Raises `ValueError`, which doesn't quote it. That is the caller's error: anything else would be sent instead.
    """
    if unsafe(token):
        raise ValueError("a credential holds no white space, control characters or lone surrogates; this text does")
    if token and holds is not None and not holds.fullmatch(token):
        raise ValueError(f"{carrier} can't hold this credential: {holds.pattern} is all that it takes")
    return token
