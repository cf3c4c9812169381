"""Tokens in HttpOnly cookies, for the routes of the cookie strategy. Names: `CREDENTIAL_COOKIES`."""

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BooleanField, Serializer

from .base import enforce_csrf


class _Choice(Serializer):  # type: ignore[type-arg]  # generic in its stubs only
    cookie = BooleanField(default=False)


def wanted(request: Request) -> bool:
    """Whether the caller wants the credential as a cookie (`"cookie": true`).

    Raises `ValidationError` for a value that is neither, `PermissionDenied` without a CSRF token.
    """
    choice = _Choice(data=request.data)
    choice.is_valid(raise_exception=True)
    if choice.validated_data["cookie"]:
        enforce_csrf(request)
    return bool(choice.validated_data["cookie"])


def handed_over(request: Request, backend: str, token: str, *, lifetime: int | None) -> Response:
    """The credential in its cookie and nowhere else: no script can read it. `lifetime` in seconds."""
    name = settings.CREDENTIAL_COOKIES[backend]
    response = Response({"cookie": name})
    response.set_cookie(
        name, token, max_age=lifetime, httponly=True, samesite="Strict", secure=request.is_secure(), path="/"
    )
    return response


def presented(request: Request) -> dict[str, str]:
    """Backend → token, of the cookies that came with the request."""
    found = ((backend, request.COOKIES.get(name)) for backend, name in settings.CREDENTIAL_COOKIES.items())
    return {backend: token for backend, token in found if token}


def forget(response: Response, backend: str) -> None:
    response.delete_cookie(settings.CREDENTIAL_COOKIES[backend], samesite="Strict", path="/")
