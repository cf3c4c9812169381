from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from bench.peers.names import Named
from bench.people import make_users

pytestmark = pytest.mark.django_db(transaction=True)


async def seen(named: Any, scope: dict[str, Any], into: list[Any]) -> Any:
    await named(scope, None, None)
    return into.pop()


async def test_a_key_becomes_a_name_and_nobody_stays_nobody() -> None:
    into: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        into.append(scope.get("user"))

    (ada,) = await make_users(1)
    named = Named(app)
    given = {"user": SimpleNamespace(pk=ada.pk)}
    assert (await seen(named, given, into)).username == ada.get_username()
    assert given["user"].pk == ada.pk, "the scope of others is left alone"
    nobody = AnonymousUser()
    assert await seen(named, {"user": nobody}, into) is nobody
    assert await seen(named, {}, into) is None


async def test_a_key_that_nobody_has_any_more_is_somebody() -> None:
    into: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        into.append(scope["user"])

    assert (await seen(Named(app), {"user": SimpleNamespace(pk=4711)}, into)).username == "4711"


async def test_names_are_read_once() -> None:
    into: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        into.append(scope["user"])

    (ada,) = await make_users(1)
    named, scope = Named(app), {"user": SimpleNamespace(pk=ada.pk)}
    before = (await seen(named, scope, into)).username
    await type(ada).objects.aupdate(username="renamed")
    assert (await seen(named, scope, into)).username == before != "renamed"
