"""Gives a user who is only a primary key the name that goes with it, so that the shared consumer can tell it.

The names are read once, and again for a key that is new: a storm pays for nothing but a look into a dict.
"""

from __future__ import annotations

from types import SimpleNamespace

from django.contrib.auth import get_user_model

from strategies.handshake import Scope
from strategies.wire import App, Receiver, Sender


class Named:
    """An application in front of which a user without a name stands."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._names: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receiver, send: Sender) -> None:
        key = getattr(scope.get("user"), "pk", None)
        if key is not None:
            scope = {**scope, "user": SimpleNamespace(username=await self._name(str(key)))}
        await self._app(scope, receive, send)

    async def _name(self, key: str) -> str:
        """One that nobody has any more stands for itself: whoever is let in with it is somebody."""
        if key not in self._names:
            model = get_user_model()
            rows = model.objects.values_list("pk", model.USERNAME_FIELD)
            self._names.update({str(one): name async for one, name in rows})
        return self._names.get(key, key)
