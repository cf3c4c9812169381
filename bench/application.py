"""What the server of a comparison serves: every contender around the one shared consumer, watched by a probe.

Without limits: all of a comparison's attempts come from one address, and most of them are to fail.

Paths: `/ws/<strategy>/<backend>/` refuses by HTTP status, `/close/ws/…` by close code; `/control/…` are
the controls, `/peer/…` published packages where they are installed. `/probe/<attempt>` tells what the
application has seen. Never serve this to strangers.
"""

from __future__ import annotations

import os
from dataclasses import replace

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
django.setup()  # loads the apps: nothing below may be imported before

from typing import Any, cast  # noqa: E402

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import URLPattern, path, re_path  # noqa: E402

from core.consumers import LabConsumer  # noqa: E402
from core.routing import no_route  # noqa: E402
from strategies import registry  # noqa: E402
from strategies.conformance.probe import Probe  # noqa: E402
from strategies.limits import UNLIMITED, Limits  # noqa: E402
from strategies.wire import App  # noqa: E402

from .lineup import QUICK  # noqa: E402
from .peers.table import installed  # noqa: E402
from .tutorial import TutorialMiddleware  # noqa: E402

CLOSE_PREFIX = "close/"
CONTROL_PREFIX = "control/"


def routes(consumer: App, limits: Limits = UNLIMITED, **rules: Any) -> list[URLPattern]:
    """Every contender's route around `consumer`, the pairs under their policy with these `rules` of it changed."""
    pairs = [replace(pair, limits=limits) for pair in registry.pairs()]
    found = [
        *((pair.path, pair.under(refuse="handshake", **rules).guard(consumer)) for pair in pairs),
        *((CLOSE_PREFIX + pair.path, pair.under(refuse="close", **rules).guard(consumer)) for pair in pairs),
        (CONTROL_PREFIX + "none/", consumer),
        (CONTROL_PREFIX + "session/", AuthMiddlewareStack(consumer)),
        (CONTROL_PREFIX + "tutorial/", TutorialMiddleware(consumer)),
        *((peer.path, peer.around(consumer)) for peer in installed()),
    ]
    # Django's types want views; Channels' router takes any ASGI application.
    return [path(where, cast(Any, app)) for where, app in found] + [re_path("", cast(Any, no_route))]


probe = Probe()
application = ProtocolTypeRouter(
    {
        "http": probe.endpoint,
        "websocket": URLRouter(routes(probe.wrap(LabConsumer.as_asgi()), **QUICK)),
    }
)
