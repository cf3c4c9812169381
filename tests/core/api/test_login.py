from typing import Any

import pytest
from django.contrib.sessions.models import Session
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
PATHS = ["/api/login/", "/api/login/authtoken/"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("format", ["json", "multipart"])
def test_a_token_for_a_name_and_a_password(client: APIClient, ada: Any, login: Any, path: str, format: str) -> None:
    response = client.post(path, login, format=format)
    assert response.status_code == 200
    assert response.json() == {"token": ada.auth_token.key}
    assert not response.cookies


def test_the_tutorials_urlencoded_form(client: APIClient, ada: Any, login: Any) -> None:
    body = f"username={login['username']}&password={login['password'].replace(' ', '+')}"
    response = client.post("/api/login/", body, content_type="application/x-www-form-urlencoded")
    assert response.json() == {"token": ada.auth_token.key}


def test_a_foreign_page_may_log_in_if_its_origin_is_allowed(client: APIClient, ada: Any, login: Any) -> None:
    allowed = client.post("/api/login/", login, headers={"Origin": "http://localhost:8000"})
    foreign = client.post("/api/login/", login, headers={"Origin": "https://evil.example"})
    assert allowed["Access-Control-Allow-Origin"] == "http://localhost:8000"
    assert "Access-Control-Allow-Origin" not in foreign


@pytest.mark.parametrize("path", [*PATHS, "/api/login/session/"])
@pytest.mark.parametrize(
    "wrong", [{"password": "no"}, {"username": "bob"}, {"password": ""}, {"username": ""}, {"password": "\x00"}]
)
def test_wrong_answers_are_400_in_drfs_shape(page: Any, ada: Any, login: Any, path: str, wrong: Any) -> None:
    response = page.post(path, {**login, **wrong})
    assert response.status_code == 400
    assert all(isinstance(messages, list) for messages in response.json().values())


@pytest.mark.parametrize("path", [*PATHS, "/api/login/session/"])
def test_known_and_unknown_users_get_the_same_answer(page: Any, ada: Any, login: Any, path: str) -> None:
    wrong = page.post(path, {**login, "password": "no"})
    unknown = page.post(path, {**login, "username": "bob"})
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)


@pytest.mark.parametrize("path", [*PATHS, "/api/login/session/"])
def test_inactive_users_stay_out(page: Any, ada: Any, login: Any, path: str) -> None:
    ada.is_active = False
    ada.save()
    assert page.post(path, login).status_code == 400
    assert not page.has_cookie("sessionid")


def test_the_session_is_a_cookie_and_a_new_one(page: Any, ada: Any, login: Any) -> None:
    page.client.cookies["sessionid"] = "chosen-by-somebody-else"
    response = page.post("/api/login/session/", login)
    assert response.json() == {"cookie": "sessionid"}
    assert response.cookies["sessionid"].value != "chosen-by-somebody-else"
    assert response.cookies["sessionid"]["httponly"]
    assert Session.objects.count() == 1
