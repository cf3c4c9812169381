"""Everything the login API does with JSON Web Tokens.

Rule: the only module of the lab that imports simplejwt's package, whose home is moving.
"""

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.serializers import TokenObtainSerializer, TokenRefreshSerializer
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.views import TokenRefreshView, TokenViewBase

from strategies.backends.simplejwt import SESSION_CLAIM, blacklist, mint

from . import cookies
from .base import CredentialView
from .throttles import LoginThrottle


class SimpleJwtLogin(CredentialView, TokenViewBase):
    """simplejwt's rules and answers, `{"access", "refresh"}` or 401; the tokens name the user."""

    throttle_classes = (LoginThrottle,)

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        as_cookie = cookies.wanted(request)
        form = TokenObtainSerializer(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        minted = mint(form.user)
        if as_cookie:
            lifetime = int(api_settings.ACCESS_TOKEN_LIFETIME.total_seconds())
            return cookies.handed_over(request, "simplejwt", minted.access, lifetime=lifetime)
        return Response({"access": minted.access, "refresh": minted.refresh})


class _RefreshSerializer(TokenRefreshSerializer):
    """A refresh token outlives its user: simplejwt 5.5 answers 500 then."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        try:
            return super().validate(attrs)
        except ObjectDoesNotExist:
            raise AuthenticationFailed(self.error_messages["no_active_account"], "no_active_account") from None


class Refresh(CredentialView, TokenRefreshView):
    """`{"access", "refresh"}` for a refresh token, which is used up by it; 401 otherwise."""

    serializer_class = _RefreshSerializer


def end(token: str) -> bool:
    """Blacklists an access or refresh token. False where it was none, or is over already."""
    try:
        blacklist(token)
    except TokenError:
        return False
    return True


def log_in(request: Request) -> str:
    """The name of the log-in whose access token speaks for the caller; empty where none does, or it has no name."""
    by_token = isinstance(request.successful_authenticator, JWTAuthentication)
    claim = request.auth.get(SESSION_CLAIM) if by_token else None
    return claim if isinstance(claim, str) else ""
