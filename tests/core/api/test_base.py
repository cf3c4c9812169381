"""What holds for every view that takes or hands out credentials."""

from typing import Any

import pytest
from rest_framework.test import APIClient

LOGINS = ["/api/login/", "/api/login/authtoken/", "/api/login/simplejwt/", "/api/login/session/"]
PATHS = [*LOGINS, "/api/refresh/", "/api/logout/"]
ODD_BODIES = ["", "[]", "null", "7", '"text"', "{", '{"username": ["a"], "password": {"b": 1}}', "\x00"]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", PATHS)
def test_no_cache_keeps_an_answer(client: APIClient, path: str) -> None:
    assert "no-store" in client.post(path, {}, format="json")["Cache-Control"]


@pytest.mark.parametrize("path", PATHS)
def test_only_post(client: APIClient, path: str) -> None:
    assert client.get(path).status_code == 405


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", ODD_BODIES)
def test_no_body_is_a_server_error(client: APIClient, path: str, body: str) -> None:
    response = client.post(path, body, content_type="application/json")
    assert 400 <= response.status_code < 500
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", PATHS)
def test_an_unrelated_header_is_no_obstacle(client: APIClient, path: str) -> None:
    with_header = client.post(path, {}, format="json", headers={"Authorization": "Basic eDp5"})
    without = client.post(path, {}, format="json")
    assert with_header.status_code == without.status_code


def test_csrf_is_checked_where_a_cookie_is_set(client: APIClient, page: Any, ada: Any, login: Any) -> None:
    foreign = client.post("/api/login/session/", login, format="json")
    assert foreign.status_code == 403
    assert "sessionid" not in foreign.cookies
    assert page.post("/api/login/session/", login).status_code == 200


def test_a_foreign_origin_is_refused_even_with_the_token(page: Any, ada: Any, login: Any) -> None:
    assert page.post("/api/login/session/", login, Origin="https://evil.example").status_code == 403
