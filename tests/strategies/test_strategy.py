"""What a strategy is, and what the small base gives to those that find everything in the upgrade request."""

from __future__ import annotations

import re

import pytest

from strategies.flow import Credential, Open
from strategies.handshake import Handshake
from strategies.refusal import Reason, Refused
from strategies.strategy import HandshakeStrategy, Strategy, Traits, presentable
from tests.strategies.toys import STRATEGIES, TOKEN, Fixed

HANDSHAKE = Handshake("/")


def test_server_half_yields_nothing_and_returns_the_credential() -> None:
    flow = Fixed().server(HANDSHAKE)
    with pytest.raises(StopIteration) as stop:
        next(flow)
    assert stop.value.value == Credential(TOKEN)


def test_server_half_lets_the_refusal_through() -> None:
    with pytest.raises(Refused, match="expired"):
        next(Fixed(Refused(Reason.EXPIRED)).server(HANDSHAKE))


def test_client_half_opens_and_is_done() -> None:
    assert list(Fixed().client(TOKEN)) == [Open()]


@pytest.mark.parametrize(
    ("found", "carries"),
    [(Credential(TOKEN), True), *((Refused(reason), reason is not Reason.MISSING) for reason in Reason)],
    ids=repr,
)
def test_carries_whatever_is_not_missing(found: object, carries: bool) -> None:
    assert Fixed(found).carries(HANDSHAKE) is carries


@pytest.mark.parametrize("missing", ["find", "opening", "scrub"])
def test_the_base_asks_for_three_methods(missing: str) -> None:
    methods = {name: getattr(Fixed, name) for name in ("find", "opening", "scrub") if name != missing}
    with pytest.raises(TypeError, match=missing):
        type("Incomplete", (HandshakeStrategy,), methods)()


@pytest.mark.parametrize("strategy", [*STRATEGIES.values(), Fixed()], ids=lambda one: type(one).__name__)
def test_built_in_and_strange_strategies_are_strategies(strategy: object) -> None:
    assert isinstance(strategy, Strategy)


@pytest.mark.parametrize(
    ("name", "traits"),
    [
        ("querystring", Traits(in_url=True)),
        ("subprotocol", Traits(in_subprotocol=True)),
        ("first_message", Traits(accepts_first=True)),
        ("cookie", Traits(ambient=True)),
        ("header", Traits(browser=False)),
    ],
)
def test_declared_facts(name: str, traits: Traits) -> None:
    assert STRATEGIES[name].traits == traits


def test_nothing_is_assumed_of_a_strategy() -> None:
    assert Traits() == Traits(ambient=False, in_url=False, accepts_first=False, in_subprotocol=False, browser=True)


@pytest.mark.parametrize("token", [TOKEN, "", "\u00e9", '"'], ids=repr)
def test_what_a_carrier_holds_is_presentable(token: str) -> None:
    assert presentable(token) == token


@pytest.mark.parametrize("token", ["a b", "a\r\nX: 1", "a\x00", "\ud800", "a\t"], ids=repr)
def test_no_credential_is_presentable_nowhere(token: str) -> None:
    with pytest.raises(ValueError, match="holds no white space") as raised:
        presentable(token)
    assert token not in str(raised.value)


def test_what_a_carrier_does_not_hold_is_refused_and_not_quoted() -> None:
    digits = re.compile("[0-9]+")
    assert [presentable(token, "a dial", digits) for token in ("12", "")] == ["12", ""]
    with pytest.raises(ValueError, match=r"a dial can't hold this credential: \[0-9\]\+") as raised:
        presentable("12x", "a dial", digits)
    assert "12x" not in str(raised.value)
