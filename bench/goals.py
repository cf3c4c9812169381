"""What is aimed at, as data. Whether a figure is there is said by `judged`.

Rule: a goal is never moved to where a figure is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

AT_ONCE = 64
"""Handshakes at once that the goals of many at once are of."""


class Metric(StrEnum):
    """What is measured, in words."""

    CPU_OF_TUTORIAL = "server CPU added per handshake, of the tutorial’s"
    CPU_OF_STACK = "server CPU added per handshake, of AuthMiddlewareStack’s"
    CPU_OVER_TWIN = "server CPU added beyond querystring with the same backend, of no authentication’s"
    RATE = "connect rate, of no authentication’s"
    IN_PROCESS = "added to a connect inside the process, of the tutorial’s"
    FRAMES = "added to an echo after the gate"
    FIRST_FRAME = "added to the median time to authenticated, one at a time"
    QUERIES = "queries per connect in a storm"
    MEMORY = "memory per idle connection over no authentication"
    RETURN = "refusals and errors while 10,000 connect, idle and come back"
    LOG_OUT = "p99 from a log-out to the close frame, 1,000 sockets on two processes"


@dataclass(frozen=True)
class Goal:
    """A limit for a figure of some contenders."""

    id: str
    """Names it in JSON."""
    metric: Metric
    who: str
    """The contenders, in words."""
    keys: tuple[str, ...]
    """Patterns of their keys; one that begins with `!` takes away."""
    limits: Mapping[str, float]
    """By server; `any` for all."""
    command: str
    """What measures it."""
    at_least: bool = False
    unit: str = ""
    digits: int = 2

    def is_of(self, key: str) -> bool:
        away = [one[1:] for one in self.keys if one.startswith("!")]
        return any(fnmatchcase(key, one) for one in self.keys) and not any(fnmatchcase(key, one) for one in away)

    def limit(self, server: str) -> float | None:
        return self.limits.get(server, self.limits.get("any"))

    def told(self, value: float) -> str:
        """A figure of this goal, as people read it."""
        return f"{value:,.{self.digits}f}{f' {self.unit}' if self.unit else ''}"

    def bound(self, limit: float) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.told(limit)}"


def _most(limit: float) -> Mapping[str, float]:
    return {"any": limit}


_CLOSED = "manage.py storm"


def _cpu(id: str, backend: str, limit: float) -> Goal:
    """At the handshake. What accepts first has a goal of its own: what it adds beyond `querystring`."""
    keys = (f"*/{backend}", "!first_message/*")
    return Goal(id, Metric.CPU_OF_TUTORIAL, f"{backend} at the handshake", keys, _most(limit), _CLOSED)


def _rate(id: str, who: str, keys: tuple[str, ...], daphne: float, uvicorn: float) -> Goal:
    limits = {"daphne": daphne, "uvicorn": uvicorn}
    return Goal(id, Metric.RATE, who, keys, limits, _CLOSED, at_least=True)


GOALS = (
    _cpu("cpu-stateless", "simplejwt_stateless", 0.15),
    _cpu("cpu-authtoken", "authtoken", 0.25),
    _cpu("cpu-simplejwt", "simplejwt", 0.35),
    Goal("cpu-session", Metric.CPU_OF_STACK, "cookie × session", ("cookie/session",), _most(0.35), _CLOSED),
    Goal("cpu-first-message", Metric.CPU_OVER_TWIN, "first_message", ("first_message/*",), _most(0.15), _CLOSED),
    _rate("rate-stateless", "simplejwt_stateless", ("*/simplejwt_stateless",), 0.95, 0.85),
    _rate("rate-authtoken", "authtoken", ("*/authtoken",), 0.85, 0.75),
    _rate("rate-session", "cookie × session", ("cookie/session",), 0.80, 0.70),
    Goal("in-process", Metric.IN_PROCESS, "authtoken", ("*/authtoken",), _most(1 / 6), "make bench", digits=3),
    Goal("frames", Metric.FRAMES, "every pair", ("*/*",), _most(3.0), "make bench", unit="%", digits=1),
    Goal(
        "first-frame",
        Metric.FIRST_FRAME,
        "simplejwt_stateless",
        ("*/simplejwt_stateless",),
        _most(0.2),
        "manage.py compare",
        unit="ms",
    ),
    Goal(
        "queries",
        Metric.QUERIES,
        "token backends",
        ("*/authtoken", "*/simplejwt", "*/simplejwt_stateless", "*/ticket"),
        _most(0.1),
        "manage.py storm --counts",
    ),
    Goal("memory", Metric.MEMORY, "every pair", ("*/*",), _most(4.0), "manage.py storm --memory", unit="KiB", digits=1),
    Goal("return", Metric.RETURN, "every pair", ("*/*",), _most(0), "manage.py storm --reconnect 10000", digits=0),
    Goal(
        "log-out",
        Metric.LOG_OUT,
        "querystring × authtoken",
        ("*/*",),
        _most(250),
        "manage.py kick",
        unit="ms",
        digits=0,
    ),
)
BY_ID = {goal.id: goal for goal in GOALS}
