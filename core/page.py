"""The lab's page. Everything on it is a file of its own, so that its content security policy can be strict."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "connect-src 'self'",  # WebSockets of the same origin included [CSP3 §6.7.2.8]
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


@require_safe
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    response = render(request, "core/page.html")
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return response
