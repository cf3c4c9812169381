"""Who stands in the comparison: the pairs, the controls that they are held against, and peers that are installed.

The paths are those of `bench.application`. Controls and peers are judged by the same cases, as any middleware
is (no particular way of refusing is asked of them), but don't count in the verdict: they are there to
show what is common, and what nothing costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings

from strategies.backend import Backend
from strategies.backends.authtoken import AuthToken
from strategies.backends.session import Session
from strategies.conformance import Contender, changer, contenders
from strategies.conformance.contender import sampler
from strategies.cookie import Cookie
from strategies.flow import ClientFlow, Open
from strategies.policy import Policy
from strategies.querystring import QueryString
from strategies.registry import Pair
from strategies.strategy import Strategy

from .peers.table import installed

CONTROL = "control-none"
AGAIN = "control-none (again)"
"""The same route a second time: what it differs by is the noise of the run (A/A control)."""
QUICK: dict[str, Any] = {"expiry_grace": 0.5, "recheck": 1.0}
"""Rules under which the pairs are judged: by their own ones the cases of open connections would last for minutes."""
MODES = {"handshake": "/", "close": "/close/"}
"""Refuse mode → where `bench.application` serves the pairs that refuse this way."""


@dataclass(frozen=True)
class Entry:
    """A contender's place in the comparison."""

    key: str
    """`querystring/authtoken`, `control-session`: names it on command lines and in results."""
    path: str
    """The route that is measured."""
    client: Callable[[str], ClientFlow] = field(repr=False)
    backend: Backend | None = field(default=None, repr=False)
    """Issues its credentials; None for a control without any."""
    pair: Pair | None = field(default=None, repr=False)
    """None for a control."""
    judged: dict[str, Contender] = field(default_factory=dict, repr=False)
    """By refuse mode; empty for what has no identity to judge."""
    explained: bool = True
    """Whether the reasons of its verdicts may be told. See `bench.peers`."""

    @property
    def counted(self) -> bool:
        """Whether a wrong verdict is this project's failure."""
        return self.pair is not None


def lineup(pairs: Iterable[Pair], origin: str) -> tuple[Entry, ...]:
    """The pairs in their order, then the controls, then the peers."""
    return (*_pairs(tuple(pairs)), *_controls(origin), *_peers(origin))


def _pairs(pairs: tuple[Pair, ...]) -> list[Entry]:
    by_mode = {
        mode: contenders([pair.under(refuse=mode, **QUICK) for pair in pairs], prefix=prefix)
        for mode, prefix in MODES.items()
    }
    return [
        Entry(
            key=pair.key,
            path=MODES["handshake"] + pair.path,
            client=pair.strategy.client,
            backend=pair.backend,
            pair=pair,
            judged={mode: by_mode[mode][index] for mode in MODES},
        )
        for index, pair in enumerate(pairs)
    ]


def _controls(origin: str) -> list[Entry]:
    policy = Policy(origins=frozenset({origin}))
    return [
        Entry(CONTROL, "/control/none/", nothing),
        Entry(AGAIN, "/control/none/", nothing),
        _control("control-session", "/control/session/", Cookie(settings.SESSION_COOKIE_NAME), Session(), policy),
        _control("tutorial", "/control/tutorial/", QueryString(), AuthToken(), policy),
    ]


def _peers(origin: str) -> list[Entry]:
    policy = Policy(origins=frozenset({origin}))
    found = [_control(one.key, "/" + one.path, one.strategy, one.backend, policy) for one in installed()]
    return [replace(entry, explained=False) for entry in found]


def _control(key: str, path: str, strategy: Strategy, backend: Backend, policy: Policy) -> Entry:
    contender = Contender(
        name=key,
        path=path,
        client=strategy.client,
        sample=sampler(backend),
        traits=strategy.traits,
        policy=policy,
        documented=False,
        change=changer(backend),
    )
    return Entry(key, path, strategy.client, backend, judged={"": contender})


def nothing(token: str) -> ClientFlow:
    """A client that presents nothing."""
    yield Open()
