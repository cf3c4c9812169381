"""Time to authenticated, and time to refused, one connection at a time.

In each round every contender has one turn, in an order drawn anew, so that whatever else the machine
does hits all of them alike. A turn is timed from before the connection is opened to its proof: the
shared consumer's ready frame, which must name the right user; or the refusal. A turn with another end
is a failed measurement: counted, told, never part of a figure.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from strategies.conformance import Sample
from strategies.refusal import CloseCode

from .client import Client, Ended
from .lineup import Entry
from .serving import EnvironmentFailed, Served

REFUSED_STATUSES = {403, CloseCode.UNAUTHENTICATED.http_status}
"""403 is what servers without the denial response extension make of every refusal."""


class WrongAnswer(Exception):
    """A contender did not answer as it must, so its time means nothing."""


AUTHENTICATED = "authenticated"


@dataclass(slots=True)
class Series:
    """What was measured of one contender."""

    seconds: dict[int, float] = field(default_factory=dict)
    """By round; a failed one is left out."""
    failures: list[str] = field(default_factory=list)
    """What came instead, one entry a failed measurement, warm-up included."""

    @property
    def values(self) -> list[float]:
        return list(self.seconds.values())


Name = tuple[str, str]
"""The contender's key and what is measured of it: `AUTHENTICATED` or a kind of bad credential."""
Found = dict[Name, Series]


@dataclass(frozen=True, slots=True)
class Turn:
    """What a contender does once a round."""

    name: Name
    run: Callable[[], float]
    """Seconds; raises `WrongAnswer`."""


def measure(
    turns: Sequence[Turn],
    *,
    rounds: int,
    warm_up: int,
    seed: int,
    before_round: Callable[[], None] = lambda: None,
    done: Callable[[], None] = lambda: None,
) -> Found:
    """One series a turn, by name. `done` is called after each round, warm-up included."""
    found = {turn.name: Series() for turn in turns}
    order, draw = list(turns), random.Random(seed)  # not for secrets: the seed is printed
    with _no_collections():
        for number in range(-warm_up, rounds):
            before_round()
            draw.shuffle(order)
            for turn in order:
                _take(turn, number, found[turn.name])
            gc.collect(0)
            done()
    return found


def _take(turn: Turn, number: int, series: Series) -> None:
    try:
        seconds = turn.run()
    except WrongAnswer as why:
        series.failures.append(str(why))
        return
    if number >= 0:
        series.seconds[number] = seconds


@contextmanager
def _no_collections() -> Iterator[None]:
    """The garbage collector runs between rounds, never inside a turn."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def authenticated(served: Served, entry: Entry, sample: Sample, origin: str) -> float:
    """Seconds until the application says who is there. Raises `WrongAnswer`."""
    with _client(served) as client:
        try:
            client.present(entry.path, entry.client(sample.token), origin)
            ready = client.receive_ready()
        except Ended as ended:
            raise WrongAnswer(f"refused ({ended})") from None
        seconds = client.elapsed
    names = (entry.pair.strategy_name, entry.pair.backend_name) if entry.pair else (None, None)
    if not ready:
        raise WrongAnswer("no ready frame")
    if (ready.get("user"), ready.get("strategy"), ready.get("backend")) != (sample.username, *names):
        raise WrongAnswer("got in as somebody else")
    return seconds


def refused(served: Served, entry: Entry, sample: Sample, origin: str) -> float:
    """Seconds until the refusal is at the client. Raises `WrongAnswer` when somebody is let in."""
    with _client(served) as client:
        try:
            client.present(entry.path, entry.client(sample.token), origin)
            client.receive()
        except Ended as ended:
            seconds = client.elapsed
            if ended.status not in REFUSED_STATUSES and ended.code != CloseCode.UNAUTHENTICATED:
                raise WrongAnswer(f"refused with another answer ({ended})") from None
            return seconds
    raise WrongAnswer("let in")


@contextmanager
def _client(served: Served) -> Iterator[Client]:
    """Raises `WrongAnswer` for a connection that breaks, `EnvironmentFailed` when nobody listens."""
    try:
        client = Client(served.host, served.port)
    except OSError as error:
        raise EnvironmentFailed(f"{served.server} does not answer any more: {error}") from None
    try:
        with client:
            yield client
    except TimeoutError:
        raise WrongAnswer("no answer") from None
    except OSError as error:
        raise WrongAnswer(f"the connection broke: {type(error).__name__}") from None
