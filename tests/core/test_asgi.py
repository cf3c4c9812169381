"""The whole application, as a server calls it."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth import get_user_model

from core.asgi import application


@pytest.mark.django_db(transaction=True)
async def test_the_tutorials_own_path() -> None:
    user: Any = await sync_to_async(get_user_model().objects.create_user)("ada", password="x")
    key = await sync_to_async(lambda: user.auth_token.key)()
    communicator = WebsocketCommunicator(application, f"/?token={key}")
    accepted, _ = await communicator.connect()
    assert accepted
    assert await communicator.receive_json_from() == {
        "type": "ready",
        "user": "ada",
        "strategy": "querystring",
        "backend": "authtoken",
        "expires_in": None,
    }
    await communicator.disconnect()


async def test_an_unknown_path_is_closed() -> None:
    communicator = WebsocketCommunicator(application, "/ws/nothing/here/")
    accepted, code = await communicator.connect()
    assert (accepted, code) == (False, 4404)
