"""Log-in with a DRF token or a Django session. The one with JSON Web Tokens is in `simplejwt`."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.request import Request
from rest_framework.response import Response

from . import cookies
from .base import CredentialView, enforce_csrf
from .throttles import LoginThrottle


class AuthTokenLogin(CredentialView, ObtainAuthToken):
    """DRF's own view, `{"token"}` or 400, with the throttling that it switches off."""

    throttle_classes = (LoginThrottle,)

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        as_cookie = cookies.wanted(request)
        response = super().post(request, *args, **kwargs)
        if as_cookie:
            return cookies.handed_over(request, "authtoken", response.data["token"], lifetime=None)
        return response


class SessionLogin(CredentialView):
    """Django's session. It is a cookie in any case, so a CSRF token is needed in any case."""

    throttle_classes = (LoginThrottle,)

    def post(self, request: Request) -> Response:
        enforce_csrf(request)
        form = AuthTokenSerializer(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        login(request._request, form.validated_data["user"])
        return Response({"cookie": settings.SESSION_COOKIE_NAME})
