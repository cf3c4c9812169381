"""Tokens in cookies: readable for no script, sent to no foreign site, set for no foreign page."""

from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
LOGINS = [("/api/login/authtoken/", "wsauth_authtoken"), ("/api/login/simplejwt/", "wsauth_simplejwt")]


@pytest.mark.parametrize(("path", "name"), LOGINS)
def test_the_credential_is_in_the_cookie_and_nowhere_else(
    page: Any, ada: Any, login: Any, path: str, name: str
) -> None:
    response = page.post(path, {**login, "cookie": True})
    cookie = response.cookies[name]
    assert response.json() == {"cookie": name}
    assert cookie.value
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    assert not cookie["secure"]


@pytest.mark.parametrize(("path", "name"), LOGINS)
def test_it_is_secure_where_the_request_is(page: Any, ada: Any, login: Any, path: str, name: str) -> None:
    token = page.client.cookies["csrftoken"].value
    headers = {"X-CSRFToken": token, "Referer": "https://testserver/"}
    response = page.client.post(path, {**login, "cookie": True}, format="json", headers=headers, secure=True)
    assert response.cookies[name]["secure"]


@pytest.mark.parametrize(("path", "name"), LOGINS)
@pytest.mark.parametrize("value", [True, "true", 1])
def test_never_without_a_csrf_token(client: APIClient, ada: Any, login: Any, path: str, name: str, value: Any) -> None:
    """A foreign page could otherwise log its visitor in as somebody else."""
    response = client.post(path, {**login, "cookie": value}, format="json")
    assert response.status_code == 403
    assert not response.cookies


@pytest.mark.parametrize(("path", "name"), LOGINS)
def test_false_is_the_same_as_nothing(client: APIClient, ada: Any, login: Any, path: str, name: str) -> None:
    response = client.post(path, {**login, "cookie": False}, format="json")
    assert response.status_code == 200
    assert not response.cookies


@pytest.mark.parametrize(("path", "name"), LOGINS)
def test_what_is_neither_is_a_mistake(page: Any, ada: Any, login: Any, path: str, name: str) -> None:
    response = page.post(path, {**login, "cookie": "perhaps"})
    assert response.status_code == 400
    assert "cookie" in response.json()


@pytest.mark.parametrize(("path", "name"), LOGINS)
def test_a_wrong_password_sets_none(page: Any, ada: Any, login: Any, path: str, name: str) -> None:
    assert page.post(path, {**login, "password": "no", "cookie": True}).status_code in (400, 401)
    assert not page.has_cookie(name)


def test_a_jwts_cookie_ends_with_the_token(page: Any, ada: Any, login: Any) -> None:
    cookie = page.post("/api/login/simplejwt/", {**login, "cookie": True}).cookies["wsauth_simplejwt"]
    assert cookie["max-age"] == 300


def test_only_the_labs_cookies_are_read() -> None:
    from core.api import cookies

    request = RequestFactory().post("/", headers={"Cookie": "wsauth_authtoken=a; other=b; wsauth_simplejwt="})
    assert cookies.presented(request) == {"authtoken": "a"}  # type: ignore[arg-type]
