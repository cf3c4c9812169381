"""What the lab serves: the routes, what is known about each, and where its credential comes from."""

from dataclasses import asdict
from typing import Any

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from strategies import registry

_LOGINS = {
    # backend → name of the login's path, and the field of its answer that holds the credential
    "authtoken": ("login-authtoken", "token"),
    "simplejwt": ("login-simplejwt", "access"),
    "simplejwt_stateless": ("login-simplejwt", "access"),
    "session": ("login-session", None),
    "ticket": ("ticket", "ticket"),
}


class Strategies(APIView):
    """Public: a client must know a route before it has a credential. The list of origins is nobody's business."""

    authentication_classes = ()
    permission_classes = ()

    def get(self, request: Request) -> Response:
        return Response({"pairs": [describe(pair) for pair in registry.pairs()]})


def describe(pair: registry.Pair) -> dict[str, Any]:
    policy = pair.policy
    return {
        "name": pair.name,
        "strategy": pair.strategy_name,
        "backend": pair.backend_name,
        "path": f"/{pair.path}",
        "traits": asdict(pair.strategy.traits),
        "policy": {
            "checks_origin": policy.origins is not None,
            "native_clients": policy.native_clients and not pair.strategy.traits.ambient,
            "deadline": policy.deadline if pair.strategy.traits.accepts_first else policy.handshake_deadline,
            "max_message_bytes": policy.max_message_bytes,
            "max_credential_bytes": policy.max_credential_bytes,
            "refuse": policy.refuse,
        },
        "login": _login(pair),
    }


def _login(pair: registry.Pair) -> dict[str, Any] | None:
    """How a page gets the credential of this pair; None for a backend whose log-in the lab does not have.

    `cookie`: ask for it as a cookie; `field`: where it is in the answer, null if no script ever sees it;
    `body`: what to ask with, anew for each connection and by any other log-in; null for a name and a password.
    """
    if pair.backend_name not in _LOGINS:
        return None
    name, field = _LOGINS[pair.backend_name]
    ambient = pair.strategy.traits.ambient
    return {
        "path": reverse(name),
        "cookie": ambient and field is not None,
        "field": None if ambient else field,
        "body": {"path": f"/{pair.path}"} if pair.backend.traits.one_time else None,
    }
