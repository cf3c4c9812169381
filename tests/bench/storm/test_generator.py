from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from websockets.sync.server import ServerConnection, serve

from bench.storm.connection import Goal
from bench.storm.generator import SOURCES, Arrivals, Fill, Generator, Generators, Manner, Report, Role, Server, merged
from bench.storm.loops import Tally
from strategies.flow import ClientFlow, Open
from tests.bench.storm.toy import HOST

SPENT: set[str] = set()
"""What was good once, and has been used."""


def opens(token: str) -> ClientFlow:
    yield Open(query=(("name", token),))


def greets(line: ServerConnection) -> None:
    name = line.request.path.partition("=")[2]
    if name in SPENT:
        line.close(4401)
        return
    if name.startswith("once"):
        SPENT.add(name)
    line.send(f'{{"type":"ready","user":"{name}","strategy":null,"backend":null}}')
    if name == "leaver":
        return
    for _ in line:
        pass


@contextmanager
def served() -> Iterator[Server]:
    with serve(greets, HOST, 0, compression=None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Server(HOST, server.socket.getsockname()[1])
        server.shutdown()


def test_several_share_the_load() -> None:
    role = {"toy": Role("/", opens)}
    with Generator(role) as one, Generator(role) as other, served() as server:
        both = Generators([one, other])
        both.fill(server, {"toy": [(f"user-{n}", f"user-{n}") for n in range(5)]})
        report = both.block("toy", 21, 4)
        both.disperse()
        assert (len(report.tally.seconds), report.tally.failures) == (21, [])
        assert report.cpu > 0
        assert len(both.arrivals("toy", [0.0, 0.01, 0.02]).tally.seconds) == 3
        both.disperse()


def test_it_ends_with_its_owner() -> None:
    with Generator({}) as one:
        process = one._process
        assert process.is_alive()
    assert not process.is_alive()


def test_it_stays_on_loopback() -> None:
    with pytest.raises(ValueError, match="loopback"):
        Server("192.0.2.1", 80)


def test_tallies_side_by_side_last_from_the_first_to_the_last() -> None:
    now = time.perf_counter()
    one = Report(Tally([1.0], [], first=now, last=now + 2), 0.5)
    other = Report(Tally([2.0], ["hung up"], first=now + 1, last=now + 3), 0.25)
    both = merged([one, other])
    assert (both.tally.seconds, both.tally.failures, both.tally.elapsed, both.cpu) == (
        [1.0, 2.0],
        ["hung up"],
        pytest.approx(3),
        0.75,
    )


def test_nobody_waits_for_an_order_that_was_interrupted() -> None:
    with served() as server, pytest.raises(KeyboardInterrupt), Generator({"toy": Role("/", opens)}) as one:
        one.begin(Fill(server, {"toy": [("ada", "ada")]}))
        assert one.hear(None)
        one.begin(Arrivals("toy", [3600.0]))
        started = time.monotonic()
        raise KeyboardInterrupt
    assert time.monotonic() - started < 2
    assert not one._process.is_alive()


def test_they_come_back_from_many_addresses() -> None:
    with Generator({"toy": Role("/", opens)}) as one, served() as server:
        alone = Generators([one])
        assert alone.share == 0
        names = ["user-1", "leaver", "user-2"]
        alone.fill(server, {"toy": [(name, name) for name in names]}, Manner(spread=True))
        assert alone.block("toy", 3, 3).tally.failures == []
        alone.rest(0.5)
        report = alone.come_back("toy", [0.0] * 5, 10)
        alone.disperse()
    assert len(report.tally.seconds) == 5
    assert report.tally.failures == ["lost while idle"]
    assert 0 < alone.share < 1.1
    assert len(set(SOURCES)) == len(SOURCES)


@pytest.mark.parametrize("generators", [1, 2])
def test_who_comes_again_has_a_fresh_credential_where_one_is_good_once(
    generators: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.storm.loops.FIRST_PAUSE", 0.01)
    SPENT.clear()
    made = itertools.count()

    def issue(count: int) -> list[tuple[str, str]]:
        return [(name, name) for name in (f"once-{next(made)}" for _ in range(count))]

    with ExitStack() as stack:
        them = Generators([stack.enter_context(Generator({"toy": Role("/", opens)})) for _ in range(generators)])
        server = stack.enter_context(served())
        them.fill(server, {"toy": issue(8)})
        assert them.block("toy", 8, 4).tally.failures == []
        report = them.come_back("toy", [0.0] * 8, 10, issue)  # first with what is used up
        assert (len(report.tally.seconds), report.tally.failures) == (8, ["closed with 4401"] * 8)
        assert next(made) == 16, "one each, when it is needed"
        them.disperse()
        assert them.block("toy", 1, 1).tally.failures == ["closed with 4401"], "still in step with its parent"


def test_the_manner_is_that_of_all() -> None:
    with Generator({"toy": Role("/", opens)}) as one, served() as server:
        alone = Generators([one])
        for manner, failure in ((Manner(Goal.REFUSED), "let in"), (Manner(deflate=True), "no permessage-deflate")):
            alone.fill(server, {"toy": [("ada", "ada")]}, manner)
            assert alone.block("toy", 1, 1).tally.failures == [failure]
