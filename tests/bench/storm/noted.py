"""A rig without a server, which notes in what order things are done."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.lineup import Entry, nothing
from bench.progress import Lines
from bench.serving import Served
from bench.storm.generator import Report
from bench.storm.load import Plan, Rig
from bench.storm.loops import Tally

KEY = "toy/ticket"
MEASURED = ["provide", "settle", "load", "settle", "disperse"]
"""Credentials first: the server's clock is read around the load alone."""


class Generators:
    def __init__(self) -> None:
        self.order: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Report]:
        """Any load; `rest` and `disperse` go by their names."""

        def note(*_: Any) -> Report:
            self.order.append(name if name in ("rest", "disperse") else "load")
            return Report(Tally([0.01], first=1.0, last=2.0, ends=[2.0]), 0.1)

        return note


class Noted(Rig):
    def provide(self, key: str, count: int) -> None:
        self.order.append("provide")

    def settle(self) -> float:
        self.order.append("settle")
        return 0.0

    def keep_fresh(self) -> None:
        pass

    @contextmanager
    def another(self, entries: Sequence[Entry], *_: Any, **__: Any) -> Iterator[Rig]:
        yield self

    @property
    def order(self) -> list[str]:
        assert isinstance(self.generators, Generators)
        return self.generators.order


@contextmanager
def noted() -> Iterator[Noted]:
    plan = Plan((Entry(KEY, "/", nothing),), "https://app.example", "daphne", 1)
    served = Served("daphne", "127.0.0.1", 1, Path(), os.getpid())
    with asyncio.Runner() as runner:
        generators: Any = Generators()
        purse: Any = None  # nobody is provided for
        yield Noted(plan, Lines(io.StringIO()), runner, served, generators, (), purse, {})
