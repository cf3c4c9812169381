"""The lab's settings with the channel layer that a kick is measured over, and without limits: all are one user's."""

import os

from core.settings import *  # noqa: F403
from core.settings import CHANNEL_LAYERS, WS_AUTH

LAYER = "KICK_LAYER"
"""Dotted path of the layer's class; the lab's own where it isn't set."""

if os.environ.get(LAYER):
    _default = {**CHANNEL_LAYERS["default"], "BACKEND": os.environ[LAYER]}
    CHANNEL_LAYERS = {**CHANNEL_LAYERS, "default": _default}

_UNLIMITED = {"UNAUTHENTICATED": None, "UNAUTHENTICATED_PER_ADDRESS": None, "CONNECTIONS_PER_USER": None}
WS_AUTH = {**WS_AUTH, "LIMITS": _UNLIMITED}
