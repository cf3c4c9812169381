"""The tests' settings with the channel layer that drops what is over a capacity, and with little of it."""

from tests.settings import *  # noqa: F403
from tests.settings import CHANNEL_LAYERS

_default = CHANNEL_LAYERS["default"]
CHANNEL_LAYERS = {
    **CHANNEL_LAYERS,
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {**_default.get("CONFIG", {}), "capacity": 100},
    },
}
