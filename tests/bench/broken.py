"""Settings under which one contender leaves its credential in the scope: what a comparison must find."""

from core.settings import *  # noqa: F403
from core.settings import WS_AUTH
from strategies.handshake import Scope
from strategies.querystring import QueryString


class Leaky(QueryString):
    def scrub(self, scope: Scope) -> Scope:
        return dict(scope)


WS_AUTH = {**WS_AUTH, "STRATEGIES": {"leaky": {"CLASS": Leaky}}, "BACKENDS": {"authtoken": {}}, "ROUTES": {}}
