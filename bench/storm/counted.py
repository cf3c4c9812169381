"""The same application as a storm's, with a counter at every door that a handshake may go through.

Counting costs time, so nothing is timed here.
"""

from __future__ import annotations

from bench.storm.application import websocket  # first: it loads the apps

from typing import Any, cast  # isort: skip

from channels.routing import ProtocolTypeRouter  # isort: skip

from .counter import Counter  # isort: skip
from .inside import telling  # isort: skip

counter = Counter()
counter.install()
application = ProtocolTypeRouter({"http": cast(Any, telling(counter.so_far)), "websocket": websocket})
