"""A control connection on a server of `websockets` that can be made slow, or hang up."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from bench.lineup import Entry
from bench.serving import Served
from bench.storm.watch import Lost, Watch, millis
from strategies.conformance import Sample
from strategies.flow import ClientFlow, Open

READY = '{"type":"ready","user":"ada","strategy":null,"backend":null}'


def opens(token: str) -> ClientFlow:
    yield Open()


class Moody:
    """Echoes, as slowly as it is told to."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.hangs_up = False
        self.asked = threading.Event()

    def talk(self, line: ServerConnection) -> None:
        line.send(READY)
        for text in line:
            self.asked.set()
            if self.hangs_up:
                return
            time.sleep(self.delay)
            line.send(json.dumps({"type": "echo", "data": json.loads(text)["data"]}))


@contextmanager
def watched(moody: Moody, user: str = "ada", **options: Any) -> Iterator[Watch]:
    with serve(moody.talk, "127.0.0.1", 0, compression=None, **options) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        served = Served("toy", "127.0.0.1", server.socket.getsockname()[1], Path(), 0)
        try:
            with Watch(served, Entry("toy", "/", opens), Sample("", user), "https://app.example") as watch:
                yield watch
        finally:
            server.shutdown()


def test_a_slow_server_is_seen_and_its_recovery() -> None:
    moody = Moody()
    with watched(moody) as watch:
        usual = watch.for_a_while()
        start = time.perf_counter()
        moody.delay = 0.1
        slow = watch.for_a_while()
        assert len(usual) > len(slow) > 0
        assert max(slow) >= 0.1
        assert watch.between(start, time.perf_counter()) == slow or len(slow) > 1
        threading.Timer(0.3, lambda: setattr(moody, "delay", 0.0)).start()
        took = watch.recovered(time.perf_counter(), 0.09)
    assert took is not None
    assert took > 0.1


def test_a_server_that_stays_slow_has_not_recovered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.storm.watch.PATIENCE", 0.1)
    moody = Moody()
    moody.delay = 0.05
    with watched(moody) as watch:
        assert watch.recovered(time.perf_counter(), 0.001) is None


def test_a_recovery_that_is_over_is_still_measured() -> None:
    """From when it was asked about, not from when somebody asks."""
    moody = Moody()
    with watched(moody) as watch:
        moody.delay = 0.2
        watch.for_a_while()
        end = time.perf_counter()
        moody.delay = 0.0
        watch.for_a_while()
        first, again = watch.recovered(end, 0.09), watch.recovered(end, 0.09)
    assert first is not None
    assert 0 <= first == again


def test_a_connection_that_ends_is_told() -> None:
    moody = Moody()
    with watched(moody) as watch:
        moody.hangs_up = True
        with pytest.raises(Lost, match="closed with 1000"):
            watch.for_a_while()


def test_a_control_that_is_refused_is_told() -> None:
    def refuses(line: ServerConnection, request: Request) -> Response:
        return line.respond(HTTPStatus.FORBIDDEN, "no")

    with pytest.raises(Lost, match="refused"), watched(Moody(), process_request=refuses):
        pass


def test_the_control_must_be_the_right_user() -> None:
    with pytest.raises(Lost, match="somebody else"), watched(Moody(), user="eve"):
        pass


def test_millis() -> None:
    assert millis([]) is None
    assert millis([0.001, 0.002, 0.009]) == 2
