"""What all views share that take or hand out credentials."""

from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.views import APIView


@method_decorator((never_cache, sensitive_post_parameters("password", "refresh")), name="dispatch")
class CredentialView(APIView):
    """Open to everybody, since what the caller presents is the subject; answers are kept by no cache.

    Without authentication classes an unrelated session cookie neither helps nor demands a CSRF token.
    """

    authentication_classes = ()
    permission_classes = ()


def enforce_csrf(request: Request) -> None:
    """Raises `PermissionDenied` (403) unless the caller could read this origin's CSRF cookie.

    Rule: mandatory wherever a cookie is set, used or ended. Setting one counts: a foreign page could
    otherwise log its visitor in as somebody else (login CSRF).
    """
    SessionAuthentication().enforce_csrf(request)
