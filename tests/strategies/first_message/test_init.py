"""The credential as the first text frame."""

from __future__ import annotations

import pytest

from strategies import messages
from strategies.first_message import FirstMessage
from strategies.flow import Accept, Credential, Open, Receive, Send
from strategies.handshake import Handshake
from strategies.refusal import Reason, Refused
from tests.strategies.toys import TOKEN, scope_of

HANDSHAKE = Handshake("/")


def test_server_half_accepts_then_reads_one_frame() -> None:
    flow = FirstMessage().server(HANDSHAKE)
    assert next(flow) == Accept()
    assert flow.send("") == Receive()
    with pytest.raises(StopIteration) as stop:
        flow.send(messages.auth(TOKEN))
    assert stop.value.value == Credential(TOKEN)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("hello", Reason.BAD_MESSAGE),
        ('{"type":"auth","token":1}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":""}', Reason.MISSING),
        ('{"command":"whoami"}', Reason.EARLY_MESSAGE),
    ],
)
def test_server_half_refuses_any_other_frame(frame: str, reason: Reason) -> None:
    flow = FirstMessage().server(HANDSHAKE)
    next(flow)
    flow.send("")
    with pytest.raises(Refused) as refused:
        flow.send(frame)
    assert refused.value.reason is reason


def test_client_half_opens_bare_and_sends_one_frame() -> None:
    assert list(FirstMessage().client(TOKEN)) == [Open(), Send(messages.auth(TOKEN))]


def test_nothing_of_it_is_in_the_upgrade_request() -> None:
    scope = scope_of(Open(query=(("token", TOKEN),), subprotocols=("a", f"bearer.{TOKEN}")))
    strategy = FirstMessage()
    assert not strategy.carries(Handshake.from_scope(scope))
    assert strategy.scrub(scope) == scope
    assert strategy.scrub(scope) is not scope
