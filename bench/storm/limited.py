"""The same application as a storm's, its pairs under the package's own limits: for clients of many addresses.

So a return of everybody shows whether the defaults let everybody return.
"""

from __future__ import annotations

from bench.application import routes  # first: it loads the apps

from typing import Any, cast  # isort: skip

from channels.routing import ProtocolTypeRouter, URLRouter  # isort: skip

from core.consumers import LabConsumer  # isort: skip
from strategies.limits import Limits  # isort: skip

from .inside import telling  # isort: skip

served: Any = routes(LabConsumer.as_asgi(), Limits())
application = ProtocolTypeRouter({"http": cast(Any, telling()), "websocket": URLRouter(served)})
