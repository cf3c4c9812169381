"""Log-out ends what the caller presents, wherever it is presented, and nothing else."""

from collections.abc import Iterator

from django.contrib.auth import get_user, logout
from django.db import transaction
from rest_framework import status
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from . import cookies, simplejwt
from .base import CredentialView, enforce_csrf


class Logout(CredentialView):
    """204 when something ended; 401 when nothing was presented or nothing of it was good.

    A header and a body speak for themselves. Cookies come along unasked, so they count only with a CSRF
    token: without one they are left alone, and a request that has nothing else to say is refused with 403.
    All of it ends, or nothing: who gets an error still holds everything that it takes to try again.
    """

    def post(self, request: Request) -> Response:
        explicit = list(_explicit(request))
        ambient = cookies.presented(request)
        with_session = _has_session(request)
        if (ambient or with_session) and not _csrf_holds(request, needed=not explicit):
            ambient, with_session = {}, False

        with transaction.atomic():
            ended = [_end(backend, token) for backend, token in (*explicit, *ambient.items())]
            if with_session:
                logout(request._request)
        response = _done() if any(ended) or with_session else _nothing()
        for backend in ambient:
            cookies.forget(response, backend)
        return response


def _explicit(request: Request) -> Iterator[tuple[str, str]]:
    """Backend and token of what the caller chose to send."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    backend = {"token": "authtoken", "bearer": "simplejwt"}.get(scheme.lower())
    if backend and token.strip():
        yield backend, token.strip()
    refresh = request.data.get("refresh") if isinstance(request.data, dict) else None
    if isinstance(refresh, str) and refresh:
        yield "simplejwt", refresh


def _end(backend: str, token: str) -> bool:
    if not (token.isascii() and token.isprintable()):
        return False  # none of ours, and more than a database or a decoder should have to look at
    if backend == "simplejwt":
        return simplejwt.end(token)
    deleted, _ = Token.objects.filter(key=token).delete()
    return deleted > 0


def _has_session(request: Request) -> bool:
    """Asked of the session itself: without authentication classes `request.user` is always nobody."""
    return get_user(request._request).is_authenticated


def _csrf_holds(request: Request, *, needed: bool) -> bool:
    try:
        enforce_csrf(request)
    except PermissionDenied:
        if needed:
            raise
        return False
    return True


def _done() -> Response:
    return Response(status=status.HTTP_204_NO_CONTENT)


def _nothing() -> Response:
    return Response(
        {"detail": "Nothing was presented that could be ended."},
        status=status.HTTP_401_UNAUTHORIZED,
        headers={"WWW-Authenticate": 'Token, Bearer realm="api"'},
    )
