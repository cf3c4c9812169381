"""What a server runs: HTTP by Django, WebSockets by the routes. Serves no static files, as in production."""

import os
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
_http = get_asgi_application()  # loads the apps: nothing below may be imported before

from strategies import logs  # noqa: E402

from .consumers import LabConsumer  # noqa: E402
from .routing import websocket_urlpatterns  # noqa: E402

logs.install()

_lab: Any = LabConsumer.as_asgi()  # Channels' types know no plain ASGI application
application = ProtocolTypeRouter({"http": _http, "websocket": URLRouter(websocket_urlpatterns(_lab))})
