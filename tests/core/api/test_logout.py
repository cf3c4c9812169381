"""Log-out ends what is presented, all of it, and nothing else."""

import json
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from core.api import simplejwt
from strategies.backends.simplejwt import mint

pytestmark = pytest.mark.django_db
URL = "/api/logout/"


def logged_in(page: Any, login: Any, *paths: str) -> Any:
    for path in paths:
        assert page.post(path, {**login, "cookie": True}).status_code == 200
    return page


def is_alive(token: str) -> bool:
    """Asked of the blacklist, by ending it: only what still lives can be ended."""
    return simplejwt.end(token)


@pytest.mark.parametrize("scheme", ["Token", "token", "TOKEN"])
def test_a_drf_token_is_deleted(client: APIClient, ada: Any, scheme: str) -> None:
    response = client.post(URL, headers={"Authorization": f"{scheme} {ada.auth_token.key}"})
    assert response.status_code == 204
    assert not Token.objects.filter(user=ada).exists()


def test_the_next_log_in_gets_another_one(client: APIClient, ada: Any, login: Any) -> None:
    old = ada.auth_token.key
    client.post(URL, headers={"Authorization": f"Token {old}"})
    assert client.post("/api/login/", login).json()["token"] != old


def test_an_access_token_is_blacklisted(client: APIClient, ada: Any) -> None:
    minted = mint(ada)
    assert client.post(URL, headers={"Authorization": f"Bearer {minted.access}"}).status_code == 204
    assert not is_alive(minted.access)
    assert is_alive(minted.refresh)


def test_a_refresh_token_too(client: APIClient, ada: Any) -> None:
    minted = mint(ada)
    assert client.post(URL, {"refresh": minted.refresh}, format="json").status_code == 204
    assert client.post("/api/refresh/", {"refresh": minted.refresh}, format="json").status_code == 401
    assert is_alive(minted.access)


def test_both_at_once(client: APIClient, ada: Any) -> None:
    minted = mint(ada)
    headers = {"Authorization": f"Bearer {minted.access}"}
    assert client.post(URL, {"refresh": minted.refresh}, format="json", headers=headers).status_code == 204
    assert not is_alive(minted.access)
    assert not is_alive(minted.refresh)


def test_an_expired_access_token_does_not_save_the_refresh_token(client: APIClient, ada: Any) -> None:
    minted = mint(ada)
    headers = {"Authorization": "Bearer over.and.done"}
    assert client.post(URL, {"refresh": minted.refresh}, format="json", headers=headers).status_code == 204
    assert not is_alive(minted.refresh)


@pytest.mark.parametrize(
    "header",
    [None, "Token nobodys", "Token ", "Token", "Bearer x.y.z", "Bearer", "Basic eDp5", "Token \x00", "Bearer é"],
)
def test_nothing_good_is_401(client: APIClient, ada: Any, header: str | None) -> None:
    response = client.post(URL, headers={"Authorization": header} if header else {})
    assert response.status_code == 401
    assert "Bearer" in response["WWW-Authenticate"]
    assert Token.objects.filter(user=ada).exists()


@pytest.mark.parametrize("refresh", [None, 7, [], {}, "", "x", "\x00", "\ud800", "é"])
def test_no_odd_refresh_is_a_server_error(client: APIClient, refresh: Any) -> None:
    body = json.dumps({"refresh": refresh})
    assert client.post(URL, body, content_type="application/json").status_code == 401


def test_a_session_is_flushed(page: Any, ada: Any, login: Any) -> None:
    logged_in(page, login, "/api/login/session/")
    assert page.post(URL).status_code == 204
    assert not page.has_cookie("sessionid")
    assert page.post(URL).status_code == 401


def test_the_labs_cookies_end_with_their_tokens(page: Any, ada: Any, login: Any) -> None:
    logged_in(page, login, "/api/login/authtoken/", "/api/login/simplejwt/")
    access = page.client.cookies["wsauth_simplejwt"].value
    assert page.post(URL).status_code == 204
    assert not page.has_cookie("wsauth_authtoken")
    assert not page.has_cookie("wsauth_simplejwt")
    assert not Token.objects.filter(user=ada).exists()
    assert not is_alive(access)


def test_a_stale_cookie_goes_away_too(page: Any) -> None:
    page.client.cookies["wsauth_simplejwt"] = "over.and.done"
    response = page.post(URL)
    assert response.status_code == 401
    assert response.cookies["wsauth_simplejwt"]["max-age"] == 0


@pytest.mark.parametrize("path", ["/api/login/session/", "/api/login/authtoken/", "/api/login/simplejwt/"])
def test_cookies_alone_want_a_csrf_token(page: Any, ada: Any, login: Any, path: str) -> None:
    logged_in(page, login, path)
    assert page.client.post(URL).status_code == 403
    assert page.post(URL).status_code == 204


def test_a_header_speaks_for_itself_and_not_for_the_cookies(page: Any, ada: Any, login: Any) -> None:
    logged_in(page, login, "/api/login/session/")
    response = page.client.post(URL, headers={"Authorization": f"Token {ada.auth_token.key}"})
    assert response.status_code == 204
    assert not Token.objects.filter(user=ada).exists()
    assert page.has_cookie("sessionid")
    assert page.post(URL).status_code == 204


def test_an_anonymous_session_is_nothing_to_end(client: APIClient) -> None:
    client.cookies["sessionid"] = "nobodys"
    assert client.post(URL).status_code == 401


def away(*_: Any, **__: Any) -> Any:
    raise OperationalError("the connection is closed")


def test_what_fails_in_the_middle_leaves_everything_as_it_was(
    page: Any, ada: Any, login: Any, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    """The session is the last to end: the other two are still good, and no connection was told to end."""
    minted, key = mint(ada), ada.auth_token.key
    logged_in(page, login, "/api/login/session/")
    presented = URL, {"refresh": minted.refresh}
    with monkeypatch.context() as patch, django_capture_on_commit_callbacks() as decided:
        patch.setattr(SessionStore, "delete", away)
        assert page.post(*presented, Authorization=f"Token {key}").status_code == 503
    assert decided == []
    assert Token.objects.filter(key=key).exists()
    assert page.has_cookie("sessionid")
    assert page.post(URL).status_code == 204
    assert is_alive(minted.refresh)
