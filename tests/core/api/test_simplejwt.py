from typing import Any

import pytest
from rest_framework.test import APIClient

from core.api import simplejwt
from strategies.backends.simplejwt import mint

pytestmark = pytest.mark.django_db


def test_access_and_refresh_for_a_name_and_a_password(client: APIClient, ada: Any, login: Any) -> None:
    response = client.post("/api/login/simplejwt/", login, format="json")
    assert response.status_code == 200
    assert set(response.json()) == {"access", "refresh"}
    assert not response.cookies


@pytest.mark.parametrize("wrong", [{"password": "no"}, {"username": "bob"}])
def test_a_wrong_answer_is_401_with_a_challenge(client: APIClient, ada: Any, login: Any, wrong: Any) -> None:
    response = client.post("/api/login/simplejwt/", {**login, **wrong}, format="json")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer ")
    assert set(response.json()) == {"detail"}


def test_a_missing_field_is_400(client: APIClient) -> None:
    response = client.post("/api/login/simplejwt/", {"username": "ada"}, format="json")
    assert response.status_code == 400
    assert "password" in response.json()


def test_inactive_users_stay_out(client: APIClient, ada: Any, login: Any) -> None:
    ada.is_active = False
    ada.save()
    assert client.post("/api/login/simplejwt/", login, format="json").status_code == 401


def test_a_refresh_token_is_used_up_by_a_refresh(client: APIClient, ada: Any) -> None:
    refresh = mint(ada).refresh
    first = client.post("/api/refresh/", {"refresh": refresh}, format="json")
    again = client.post("/api/refresh/", {"refresh": refresh}, format="json")
    assert first.status_code == 200
    assert set(first.json()) == {"access", "refresh"}
    assert again.status_code == 401
    assert client.post("/api/refresh/", {"refresh": first.json()["refresh"]}, format="json").status_code == 200


@pytest.mark.parametrize("kind", ["access", "text", "empty"])
def test_what_is_no_refresh_token_refreshes_nothing(client: APIClient, ada: Any, kind: str) -> None:
    token = {"access": mint(ada).access, "text": "x.y.z", "empty": ""}[kind]
    response = client.post("/api/refresh/", {"refresh": token}, format="json")
    assert response.status_code == (400 if kind == "empty" else 401)


def test_the_users_rules_hold_for_a_refresh_too(client: APIClient, ada: Any) -> None:
    refresh = mint(ada).refresh
    ada.is_active = False
    ada.save()
    assert client.post("/api/refresh/", {"refresh": refresh}, format="json").status_code == 401


def test_a_refresh_token_that_outlived_its_user(client: APIClient, ada: Any) -> None:
    refresh = mint(ada).refresh
    ada.delete()
    response = client.post("/api/refresh/", {"refresh": refresh}, format="json")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer ")


def test_a_token_ends_once(ada: Any) -> None:
    for token in mint(ada):
        assert simplejwt.end(token)
        assert not simplejwt.end(token)


@pytest.mark.parametrize("token", ["", "x", "x.y.z", "é", "\x00", "a" * 10_000])
def test_anything_else_is_none(token: str) -> None:
    assert not simplejwt.end(token)


def test_a_token_can_be_ended_after_its_user_is_gone(ada: Any) -> None:
    minted = mint(ada)
    ada.delete()
    assert simplejwt.end(minted.access)
    assert simplejwt.end(minted.refresh)
