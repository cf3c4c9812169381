"""What a request and an answer are, before any medium carries them."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given

from strategies.conformance.medium import Answer, Ended, Request
from strategies.flow import Open
from tests.strategies.hostile import TOKENS


@given(TOKENS)
def test_a_query_is_encoded_so_that_it_comes_back(token: str) -> None:
    request = Request("/", Open(query=(("token", token), ("b", "2"))), None, "x")
    assert request.query_string.isascii()
    assert parse_qsl(request.query_string, strict_parsing=True) == [("token", token), ("b", "2")]


def test_a_request_names_its_attempt_in_a_header() -> None:
    opening = Open(headers=((b"cookie", b"a=1"),), subprotocols=("chat.v1",))
    request = Request("/ws/", opening, "https://app.example", "attempt-1")
    assert request.headers == ((b"cookie", b"a=1"), (b"x-wsauth-attempt", b"attempt-1"))
    assert request.query_string == ""


def test_a_request_hides_what_it_presents() -> None:
    request = Request("/ws/", Open(query=(("token", "s3cret"),)), None, "x")
    assert "s3cret" not in repr(request)


@pytest.mark.parametrize(("status", "accepted"), [(101, True), (200, False), (403, False), (0, False)])
def test_accepted_is_101(status: int, accepted: bool) -> None:
    assert Answer(status).accepted is accepted


def test_an_end_is_a_code() -> None:
    assert Ended(1006) == Ended(1006, "")
    assert "s3cret" not in repr(Answer(101, ((b"x", b"s3cret"),)))
