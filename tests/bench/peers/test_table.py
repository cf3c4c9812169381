"""The table, and what is left of it where the packages are not installed. With them, see `bench/peers/README.md`."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.lineup import lineup
from bench.peers import table
from bench.peers.names import Named
from bench.peers.table import PEERS, Peer, Shape, installed
from docs.tables import read_table
from strategies.backends.authtoken import AuthToken
from strategies.querystring import QueryString

ROOT = Path(__file__).resolve().parents[3]
HERE = Peer("django", "bench.tutorial.TutorialMiddleware", QueryString(), AuthToken())
"""A distribution that every environment has."""


def names(peer: Peer) -> tuple[str, str, str]:
    return peer.distribution, type(peer.strategy).__name__.lower(), type(peer.backend).__name__.lower()


def test_the_document_names_each_and_how_it_says_no() -> None:
    text = (ROOT / "bench/peers/README.md").read_text("utf-8").partition("<!-- test: peers -->\n")[2]
    told = read_table(text.partition("\n\n")[0])
    assert [tuple(row.values()) for row in told] == [(*names(peer), peer.shape.value) for peer in PEERS]


def test_each_is_pinned_and_comes_from_nowhere_in_particular() -> None:
    pinned = (ROOT / "requirements-peers.txt").read_text("utf-8")
    for peer in PEERS:
        assert re.search(rf"^{peer.distribution}==", pinned, re.MULTILINE)
    assert "://" not in pinned
    assert "--hash=sha256:" in pinned


def test_no_two_have_the_same_place() -> None:
    assert len({peer.path for peer in PEERS}) == len({names(peer) for peer in PEERS}) == len(PEERS)


def test_what_is_not_installed_does_not_stand_there(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = replace(HERE, distribution="no-such-distribution")
    monkeypatch.setattr(table, "PEERS", (HERE, absent))
    assert installed() == (HERE,)
    assert absent.version is None
    assert "not installed" in absent.key


def test_a_peer_is_a_stranger_whose_faults_are_not_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "PEERS", (HERE,))
    entry = lineup((), "https://app.example")[-1]
    assert entry.key == f"django {HERE.version} querystring/authtoken"
    assert entry.path == "/peer/django/querystring/authtoken/"
    assert not entry.counted
    assert not entry.explained
    assert not entry.judged[""].documented


def test_the_middleware_takes_the_application() -> None:
    async def app(scope: object, receive: object, send: object) -> None: ...

    around: Any = HERE.around(app)
    named: Any = replace(HERE, named=False).around(app)
    assert around.inner is app
    assert isinstance(named.inner, Named)


def test_there_is_a_word_for_each_way_to_say_no() -> None:
    assert [shape.value for shape in Shape] == [
        "denied before accept",
        "accepted, then closed",
        "anonymous",
        "no answer",
    ]
