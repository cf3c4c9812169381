import pytest
from django.urls import reverse

from core.api.urls import urlpatterns


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("login", "/api/login/"),
        ("login-authtoken", "/api/login/authtoken/"),
        ("login-simplejwt", "/api/login/simplejwt/"),
        ("login-session", "/api/login/session/"),
        ("refresh", "/api/refresh/"),
        ("logout", "/api/logout/"),
        ("ticket", "/api/ticket/"),
        ("strategies", "/api/strategies/"),
    ],
)
def test_paths(name: str, path: str) -> None:
    assert reverse(name) == path


def test_there_are_no_others() -> None:
    assert len(urlpatterns) == 8
