"""The lab's settings with the channel layer that a kick is measured over."""

import os

from core.settings import *  # noqa: F403
from core.settings import CHANNEL_LAYERS

LAYER = "KICK_LAYER"
"""Dotted path of the layer's class; the lab's own where it isn't set."""

if os.environ.get(LAYER):
    _default = {**CHANNEL_LAYERS["default"], "BACKEND": os.environ[LAYER]}
    CHANNEL_LAYERS = {**CHANNEL_LAYERS, "default": _default}
