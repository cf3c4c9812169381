from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from bench import direct

SECONDS = 10.0


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """A server for one request; its URL."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        answers = Thread(target=server.handle_request, daemon=True)
        answers.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        answers.join(SECONDS)


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_a_proxy_of_the_environment_is_not_asked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    with answering(b'{"a": 1}') as url:
        assert direct.asked(url, SECONDS) == {"a": 1}


def test_what_is_no_json() -> None:
    with answering(b"hello") as url, pytest.raises(ValueError, match="Expecting value"):
        direct.asked(url, SECONDS)


def test_nobody_there() -> None:
    with pytest.raises(OSError, match="refused"):
        direct.asked("http://127.0.0.1:1/", SECONDS)
