"""One-time tickets for the routes that take them: for a page that is logged in, whichever way."""

from typing import Any

from django.core.exceptions import PermissionDenied
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import CharField, Serializer
from rest_framework.settings import api_settings

from strategies import registry
from strategies.backend import Place, digest
from strategies.backends.ticket import Ticket
from strategies.handshake import Handshake
from strategies.refusal import Refused

from . import simplejwt
from .base import CredentialView
from .throttles import TicketThrottle


class _Route(Serializer):  # type: ignore[type-arg]  # generic in its stubs only
    path = CharField()

    def validate_path(self, path: str) -> str:
        if path not in routes():
            raise ValidationError(f"{path!r} takes no tickets; choose from: {', '.join(routes())}.")
        return path


class TicketView(CredentialView):
    """`{"ticket", "expires_in"}` for the page that asks: its own Origin header is what the ticket is bound to.

    By session the caller must send a CSRF token, as everywhere in DRF.
    """

    authentication_classes = api_settings.DEFAULT_AUTHENTICATION_CLASSES
    permission_classes = (IsAuthenticated,)
    throttle_classes = (TicketThrottle,)

    def post(self, request: Request) -> Response:
        form = _Route(data=request.data)
        form.is_valid(raise_exception=True)
        pair = routes()[form.validated_data["path"]]
        place = _place(request, pair)
        backend: Any = pair.backend
        ticket = backend.mint(request.user, place, session=_log_in(request))
        return Response({"ticket": ticket, "expires_in": backend.lifetime.total_seconds()})


def routes() -> dict[str, registry.Pair]:
    """Path → pair, of the routes that take tickets."""
    return {f"/{pair.path}": pair for pair in registry.pairs() if isinstance(pair.backend, Ticket)}


def _place(request: Request, pair: registry.Pair) -> Place:
    """The route, and the page as the handshake will read it. Raises `PermissionDenied` for one that may not connect."""
    origin = request.headers.get("Origin")
    headers = () if origin is None else ((b"origin", origin.encode("latin-1", "replace")),)
    asking = Handshake(f"/{pair.path}", headers=headers)
    try:
        pair.policy.admit_origin(asking, ambient=pair.strategy.traits.ambient)
    except Refused:
        raise PermissionDenied("This route is not for pages of your origin.") from None
    return Place(asking.path, asking.origin)


def _log_in(request: Request) -> str:
    """Names the log-in that speaks for the caller, if it has a name: a ticket made under it ends with it.

    A session has one, and a JSON Web Token that `mint` has made; a DRF token has none.
    """
    by_session = isinstance(request.successful_authenticator, SessionAuthentication)
    name = str(request.session.session_key) if by_session else simplejwt.log_in(request)
    return digest(name) if name else ""
