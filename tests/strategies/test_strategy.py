"""What a strategy is, and what the small base gives to those that find everything in the upgrade request."""

from __future__ import annotations

import pytest

from strategies.flow import Credential, Open
from strategies.handshake import Handshake
from strategies.refusal import Reason, Refused
from strategies.strategy import HandshakeStrategy, Strategy, Traits
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
