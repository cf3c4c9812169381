"""The vocabulary in which a strategy is written: steps of two mirrored generators.

A strategy never touches a socket. Its server half yields steps and returns the credential; its
client half yields what a client must send. `Wire` performs the server's steps, whoever plays a client the
client's, as `conformance.attempt` does. Rule: a step is a plain value; what it means on the wire is decided by
who performs it.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

from .handshake import Header


@dataclass(frozen=True, slots=True)
class Open:
    """Client, first step: what goes into the upgrade request. Query pairs are not yet encoded."""

    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: tuple[Header, ...] = field(default=(), repr=False)
    subprotocols: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Accept:
    """Server: finish the upgrade before the credential is known."""


@dataclass(frozen=True, slots=True)
class Receive:
    """Either side: wait for the other half's next text frame; the step's result is its text.

    Frames whose `type` begins with `auth.` are notices of the gate, not of a strategy: whoever
    runs a client half keeps them out of it.
    """


@dataclass(frozen=True, slots=True)
class Send:
    """Either side: one text frame."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credential:
    """What a server half returns: the secret as text. Its repr hides it."""

    token: str = field(repr=False)


ServerFlow = Generator[Accept | Receive | Send, str, Credential]
ClientFlow = Generator[Open | Receive | Send, str, None]
