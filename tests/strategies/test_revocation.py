"""Who may take back what, and that it is in the journal exactly when its transaction is committed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import InMemoryChannelLayer
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from strategies import revocation
from strategies.backend import digest
from strategies.journal import Reader, Revocation
from strategies.revocation import arevoke, crosses_processes, revoke

BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({}, ValueError, "say what to revoke"),
    ({"session": ""}, TypeError, "session must be a text"),
    ({"session": 1}, TypeError, "session must be a text"),
    ({"token_id": b"x"}, TypeError, "token_id must be a text"),
    ({"connection": 1.5}, TypeError, "connection must be a text"),
    ({"issued_before": "now"}, TypeError, "issued_before must be Unix time"),
    ({"issued_before": True}, TypeError, "issued_before must be Unix time"),
    ({"user": ""}, ValueError, "without a primary key"),
]


@pytest.mark.parametrize(("asked", "error", "why"), BAD, ids=str)
async def test_bad_wishes_are_told_at_once(asked: dict[str, Any], error: type[Exception], why: str) -> None:
    with pytest.raises(error, match=why):
        revoke(**asked)
    with pytest.raises(error, match=why):
        await arevoke(**asked)


def test_a_user_that_was_never_saved() -> None:
    with pytest.raises(ValueError, match="without a primary key"):
        revoke(user=get_user_model()())


def written() -> list[Revocation]:
    return Reader(0.0).read(0.0)


@pytest.mark.django_db(transaction=True)
async def test_both_write_the_same() -> None:
    user = await get_user_model().objects.acreate(username="ada")
    asked: dict[str, Any] = {
        "user": user, "session": "a secret key", "token_id": "id", "issued_before": 5, "connection": "c",
    }  # fmt: skip
    await arevoke(**asked)
    await sync_to_async(revoke)(**asked)
    one, other = await sync_to_async(written)()
    assert one == Revocation(str(user.pk), digest("a secret key"), digest("id"), "c", 5, one.at)
    assert (one.at, "") == (pytest.approx(other.at, abs=5), "")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pk", [7, "7"])
def test_a_primary_key_does_for_a_user(pk: Any) -> None:
    revoke(user=pk)
    assert [one.user for one in written()] == ["7"]


@pytest.mark.django_db(transaction=True)
def test_takes_effect_with_its_transaction_all_at_once() -> None:
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        for number in range(5):
            revoke(token_id=str(number))
    assert len([query for query in queries.captured_queries if query["sql"].startswith("INSERT")]) == 1
    assert [one.token_id for one in written()] == list(map(digest, "01234"))


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_not_taken_back() -> None:
    class Failed(Exception):
        pass

    with transaction.atomic():
        revoke(token_id="kept")
        with pytest.raises(Failed), transaction.atomic():
            revoke(token_id="lost")
            revoke(token_id="lost too")
            raise Failed
        revoke(token_id="kept too")
    with pytest.raises(Failed), transaction.atomic():
        revoke(token_id="lost as well")
        raise Failed
    assert [one.token_id for one in written()] == [digest("kept"), digest("kept too")]


@pytest.mark.django_db(transaction=True)
def test_it_is_decided_when_it_is_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who connects meanwhile is verified by what held before."""
    monkeypatch.setattr(revocation.time, "time", lambda: 1_000.0)
    with transaction.atomic():
        revoke(user=7)
        monkeypatch.setattr(revocation.time, "time", lambda: 1_005.0)
    assert [one.at for one in written()] == [1_005.0]


class Listener:
    def __init__(self) -> None:
        self.nudges = 0

    def nudge(self) -> None:
        self.nudges += 1


@pytest.mark.django_db(transaction=True)
async def test_listeners_of_this_process_are_nudged() -> None:
    listener = Listener()
    revocation.listeners.add(listener)
    await arevoke(token_id="id")
    assert listener.nudges == 1


class Layer:
    """A channel layer as far as a nudge goes."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer
        self.sent: list[Any] = []

    async def group_send(self, group: str, message: Any) -> None:
        self.sent.append((group, message))
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is not None:
            await self.answer()


@pytest.mark.django_db(transaction=True)
def test_other_processes_are_nudged(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = Layer()
    monkeypatch.setattr(revocation, "get_channel_layer", lambda: layer)
    revoke(token_id="id")
    assert layer.sent == [(revocation.GROUP, revocation.NUDGE)]


async def never() -> None:
    await asyncio.Event().wait()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("answer", [OSError("a password in it"), never], ids=["fails", "hangs"])
async def test_a_layer_that_is_away_holds_nobody_up(
    answer: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(revocation, "get_channel_layer", lambda: Layer(answer))
    monkeypatch.setattr(revocation, "NUDGE_SECONDS", 0.02)
    await arevoke(token_id="id")
    (message,) = caplog.messages
    assert message.startswith("no nudge: ")
    assert "password" not in caplog.text


def test_only_a_layer_between_processes_is_one() -> None:
    assert not crosses_processes(None)
    assert not crosses_processes(InMemoryChannelLayer())
    assert crosses_processes(Layer())
