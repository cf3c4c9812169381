"""One daphne, over a database in memory: who it believes about addresses."""

from __future__ import annotations

import os
import urllib.request
from pathlib import Path

import pytest

from core import launch
from core.services.daphne import HANDSHAKE_SECONDS, Daphne
from core.services.programs import ServiceFailed
from strategies.deadline import LONGEST
from strategies.policy import Policy


def environment() -> dict[str, str]:
    return {**os.environ, **launch.environment(1), "DATABASE_URL": "sqlite://:memory:"}


@pytest.mark.parametrize(("proxied", "address"), [(False, "127.0.0.1"), (True, "203.0.113.9")])
def test_only_behind_a_proxy_it_believes_what_a_proxy_says(proxied: bool, address: str, service_folder: Path) -> None:
    spoofed = {"X-Forwarded-For": "203.0.113.9, 127.0.0.1"}
    with Daphne(service_folder, "bench.application:application", environment(), proxied=proxied) as daphne:
        request = urllib.request.Request(f"{daphne.url}/probe/marked", headers=spoofed)
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200
    (line,) = (line for line in daphne.log.read_text().splitlines() if "marked" in line)
    assert line.startswith(f"{address}:")


def test_one_that_cannot_start_says_why(service_folder: Path) -> None:
    wrong = Daphne(
        service_folder, "core.asgi:application", {**environment(), "WSAUTH_REFUSE": "politely"}, proxied=False
    )
    with pytest.raises(ServiceFailed, match=r"daphne ended with 1; it said:\n(?s:.*)politely"), wrong:
        pass


def test_it_waits_for_longer_than_a_gate_does() -> None:
    assert Policy().handshake_deadline * LONGEST < HANDSHAKE_SECONDS
