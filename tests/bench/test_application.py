from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from bench.client import Client, Ended
from bench.latency import authenticated
from bench.lineup import lineup
from bench.people import Purse, make_users
from strategies import registry
from strategies.flow import ClientFlow, Open

pytestmark = pytest.mark.usefixtures("committed")

ORIGIN = min(registry.pairs()[0].policy.origins or ())


def nothing() -> ClientFlow:
    yield Open()


async def test_every_contender_has_its_route(serve: Callable[[str], Any]) -> None:
    served = serve("daphne")
    entries = lineup(registry.pairs(), ORIGIN)
    purse = Purse(await make_users(1), [entry.backend for entry in entries if entry.backend])
    await purse.fill()
    for entry in entries:
        if entry.backend:
            assert authenticated(served, entry, purse.take(entry.backend), ORIGIN) > 0, entry.key


def test_the_same_pairs_close_with_a_code_elsewhere(serve: Callable[[str], Any]) -> None:
    served = serve("daphne")
    for prefix, ended in (("/", "HTTP 403"), ("/close/", "closed with 4401")):
        with Client(served.host, served.port) as client, pytest.raises(Ended, match=ended):
            client.present(f"{prefix}ws/header/authtoken/", nothing(), ORIGIN)
            client.receive()


def test_an_unknown_path_is_no_contender(serve: Callable[[str], Any]) -> None:
    served = serve("daphne")
    with Client(served.host, served.port) as client, pytest.raises(Ended, match="HTTP 403"):
        client.present("/nowhere/", nothing(), ORIGIN)


def test_the_probe_answers(serve: Callable[[str], Any]) -> None:
    served = serve("daphne")
    with urllib.request.urlopen(f"http://{served.host}:{served.port}/probe/unheard-of", timeout=10) as answer:
        assert json.load(answer) == {"runs": 0, "frames": [], "leaves": []}
