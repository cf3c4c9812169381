"""What a storm's server serves: the comparison's routes without its probe, whose watching costs more than a gate.

And one control of a known price, by which the instrument itself is checked.
"""

from __future__ import annotations

import time
from typing import Any, cast

from bench.application import CONTROL_PREFIX, routes  # first: it loads the apps

from channels.routing import ProtocolTypeRouter, URLRouter  # isort: skip
from django.urls import path  # isort: skip

from core.consumers import LabConsumer  # isort: skip
from strategies.wire import App  # isort: skip

from .inside import telling  # isort: skip
from .lineup import DELAY  # isort: skip


def delayed(app: App) -> App:
    """The same application, `DELAY` of work later.

    Work, since it is exact to the microsecond: a timer is not, and who wakes from a sleep is slow at first.
    """

    async def late(scope: Any, receive: Any, send: Any) -> None:
        end = time.perf_counter() + DELAY
        while time.perf_counter() < end:
            pass
        await app(scope, receive, send)

    return late


# Django's types want views, and Channels' its own kind of application, where any ASGI application will do.
consumer: Any = LabConsumer.as_asgi()
served: Any = [path(CONTROL_PREFIX + "late/", cast(Any, delayed(consumer))), *routes(consumer)]
websocket = URLRouter(served)
application = ProtocolTypeRouter({"http": cast(Any, telling()), "websocket": websocket})
