"""The error model, held against the tables of `PROTOCOL.md`."""

from __future__ import annotations

import pickle

import pytest

from strategies.refusal import CloseCode, Reason, Refused, Retry
from tests.strategies.documented import CLOSE_CODES, REASONS, Documented

PRIVATE = range(3000, 5000)
"""What autobahn, below daphne, lets an application send, beside 1000."""


@pytest.mark.parametrize(("name", "row"), REASONS.items(), ids=REASONS)
def test_reason_says_what_is_documented(name: str, row: Documented) -> None:
    reason = Reason[name]
    code = reason.close_code
    assert (reason.label, code, code.private, code.http_status, reason.error, reason.retry) == row


def test_every_reason_is_documented() -> None:
    assert [reason.name for reason in Reason] == list(REASONS)


@pytest.mark.parametrize(("name", "row"), CLOSE_CODES.items(), ids=CLOSE_CODES)
def test_close_code_says_what_is_documented(name: str, row: tuple[int, int, int]) -> None:
    code = CloseCode[name]
    assert (int(code), int(code.private), code.http_status) == row


def test_every_close_code_is_documented() -> None:
    assert [code.name for code in CloseCode] == list(CLOSE_CODES)


@pytest.mark.parametrize("reason", Reason, ids=repr)
def test_every_refusal_can_be_sent_by_any_server(reason: Reason) -> None:
    assert reason.close_code.private in PRIVATE


@pytest.mark.parametrize("code", CloseCode, ids=lambda code: code.name)
def test_http_status_is_a_failure(code: CloseCode) -> None:
    assert 400 <= code.http_status < 600


def test_unknown_and_wrong_credentials_look_alike_to_the_peer() -> None:
    told = {
        (reason.close_code, reason.error, reason.retry)
        for reason in (Reason.INVALID, Reason.REVOKED, Reason.MALFORMED, Reason.AMBIGUOUS)
    }
    assert told == {(CloseCode.UNAUTHENTICATED, "invalid_credential", Retry.NEVER)}


@pytest.mark.parametrize("reason", Reason, ids=repr)
def test_refused_carries_the_reason_and_nothing_else(reason: Reason) -> None:
    refused = Refused(reason)
    assert refused.reason is reason
    assert refused.args == (reason.label,)
    assert str(refused) == reason.label


def test_repr_is_how_it_is_written() -> None:
    assert repr(Reason.EARLY_MESSAGE) == "Reason.EARLY_MESSAGE"
    assert pickle.loads(pickle.dumps(Reason.EARLY_MESSAGE)) is Reason.EARLY_MESSAGE
