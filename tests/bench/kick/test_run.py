"""How ends become figures; the whole run is in `test_kick` of the command."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from bench.kick.run import Plan, _facts, _results, log_out
from bench.kick.visitor import End
from bench.serving import EnvironmentFailed, Served
from strategies import registry

NEVER = float("inf")


def test_only_right_ends_are_timed() -> None:
    ends = [End(10.1, 4410, True), End(10.2, 4410, True), End(10.1, 1011, True), End(10.1, 4410, False)]
    found = _results([(10.0, [*ends, End(NEVER, None, False)])], {})
    assert found.seconds == pytest.approx([0.1, 0.2])
    assert found.last == pytest.approx([0.2])
    assert found.wrong == {
        "ended with 1011": 1,
        "ended with 4410, and was not told why": 1,
        "lived on": 1,
    }
    assert not found.passed
    assert _results([(10.0, ends[:2])], {}).passed


def test_versions_and_processors_are_told_and_the_layer_of_the_servers() -> None:
    plan = Plan(registry.pair("querystring", "authtoken"), "https://app.example", "uvicorn", 10, 2, "queues", 2)
    facts = _facts(plan, {"steal": 0.0})
    assert {"python", "uvicorn", "django", "channels", "database", "cpus"} <= set(facts)
    assert (facts["channel layer"], facts["steal"]) == ("RedisChannelLayer", 0.0)


def test_a_hang_up_is_no_right_end() -> None:
    assert _results([(0.0, [End(1.0, None, True)])], {}).wrong == {"ended without a close frame": 1}


@pytest.mark.parametrize("status", [204, 401, 500])
def test_a_log_out_must_be_one(status: int) -> None:
    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.handle_request, daemon=True).start()
        served = Served("daphne", "127.0.0.1", server.server_port, Path(), 0)
        if status == 204:
            log_out(served, "token")
        else:
            with pytest.raises(EnvironmentFailed, match=str(status)):
                log_out(served, "token")


def test_nobody_there() -> None:
    with pytest.raises(EnvironmentFailed, match="ConnectionRefusedError"):
        log_out(Served("daphne", "127.0.0.1", 1, Path(), 0), "token")
