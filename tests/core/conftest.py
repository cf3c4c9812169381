"""What the lab's tests share: a user who can log in, and clients that don't skip CSRF checks."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from rest_framework.test import APIClient

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _fast_hashes(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _no_earlier_attempts() -> Iterator[None]:
    """Throttles count in the cache, which no rollback empties."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def ada(db: None) -> Any:
    return get_user_model().objects.create_user("ada", password=PASSWORD)


@pytest.fixture
def client() -> APIClient:
    """No cookies, no CSRF token: a program, or a foreign page."""
    return APIClient(enforce_csrf_checks=True)


@pytest.fixture
def login() -> dict[str, str]:
    return {"username": "ada", "password": PASSWORD}


class Page:
    """What a script on the lab's own page can do: it sends the CSRF token that it reads from the cookie."""

    def __init__(self) -> None:
        self.client = APIClient(enforce_csrf_checks=True)
        self.client.get("/")

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        token = self.client.cookies["csrftoken"].value
        return self.client.post(path, data or {}, format="json", headers={"X-CSRFToken": token, **headers})

    def has_cookie(self, name: str) -> bool:
        return name in self.client.cookies and self.client.cookies[name].value != ""


@pytest.fixture
def page() -> Page:
    return Page()
