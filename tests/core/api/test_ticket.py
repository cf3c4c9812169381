"""A ticket for whoever is logged in, in whichever way, for one route and the page that asks."""

from typing import Any

import pytest
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from strategies.backend import digest
from strategies.backends.simplejwt import SESSION_CLAIM
from strategies.models import Ticket

pytestmark = pytest.mark.django_db
ROUTE = "/ws/querystring/ticket/"
PAGE = "http://app.example:8000"
"""One that the routes let in."""


def bearer(client: APIClient, login: dict[str, str]) -> str:
    return f"Bearer {client.post('/api/login/simplejwt/', login, format='json').json()['access']}"


def drf(client: APIClient, login: dict[str, str]) -> str:
    return f"Token {client.post('/api/login/', login, format='json').json()['token']}"


def ask(client: APIClient, path: Any = ROUTE, **headers: str) -> Any:
    return client.post("/api/ticket/", {"path": path}, format="json", headers=headers)


@pytest.mark.parametrize("log_in", [bearer, drf])
def test_for_a_token_in_the_header(client: APIClient, ada: Any, login: Any, log_in: Any) -> None:
    response = ask(client, Authorization=log_in(client, login), Origin=PAGE)
    assert response.status_code == 200
    assert response.json()["expires_in"] == 30
    row = Ticket.objects.get()
    assert (row.user, row.path, row.origin) == (ada, ROUTE, PAGE)
    assert response.json()["ticket"].startswith("wst_")
    assert response.json()["ticket"] not in str(vars(row))


def test_it_names_the_log_in_of_a_json_web_token(client: APIClient, ada: Any, login: Any) -> None:
    access = bearer(client, login)
    assert ask(client, Authorization=access).status_code == 200
    name = AccessToken(access.removeprefix("Bearer "))[SESSION_CLAIM]
    assert Ticket.objects.get().session == digest(name)


@pytest.mark.parametrize("claim", [None, 7], ids=["none", "no text"])
def test_a_log_in_without_a_name_is_not_named(client: APIClient, ada: Any, claim: Any) -> None:
    token = AccessToken.for_user(ada)
    if claim is not None:
        token[SESSION_CLAIM] = claim
    assert ask(client, Authorization=f"Bearer {token}").status_code == 200
    assert Ticket.objects.get().session == ""


def test_nor_is_that_of_a_drf_token(client: APIClient, ada: Any, login: Any) -> None:
    assert ask(client, Authorization=drf(client, login)).status_code == 200
    assert Ticket.objects.get().session == ""


def test_for_a_session_with_its_csrf_token(page: Any, ada: Any, login: Any, settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = [PAGE]
    page.post("/api/login/session/", login)
    assert ask(page.client, Origin=PAGE).status_code == 403, "a foreign page has no CSRF token"
    assert page.post("/api/ticket/", {"path": ROUTE}, Origin=PAGE).status_code == 200
    assert Ticket.objects.get().session == digest(page.client.cookies["sessionid"].value)


def test_not_for_strangers(client: APIClient) -> None:
    for headers in ({}, {"Authorization": "Token nobodys"}, {"Authorization": "Bearer x"}):
        response = ask(client, **headers)
        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Token"
    assert not Ticket.objects.exists()


def test_no_cache_keeps_one(client: APIClient, ada: Any, login: Any) -> None:
    assert "no-store" in ask(client, Authorization=drf(client, login))["Cache-Control"]
    assert "no-store" in ask(client)["Cache-Control"]
    assert client.get("/api/ticket/").status_code in {401, 405}


@pytest.mark.parametrize(
    "path", ["/ws/querystring/authtoken/", "ws/querystring/ticket/", f"{ROUTE}?x", "/", "", None, 5, ["x"], {"a": 1}]
)
def test_for_routes_that_take_one(client: APIClient, ada: Any, login: Any, path: Any) -> None:
    response = ask(client, path, Authorization=drf(client, login))
    assert response.status_code == 400
    assert list(response.json()) == ["path"]
    if isinstance(path, str) and path:
        (message,) = response.json()["path"]
        assert message.startswith(repr(path))
        assert ROUTE in message
        assert "/ws/header/ticket/" in message
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("body", ["[]", "null", "7", "{", "", '"text"'])
def test_no_body_is_a_server_error(client: APIClient, ada: Any, login: Any, body: str) -> None:
    headers = {"Authorization": drf(client, login)}
    response = client.post("/api/ticket/", body, content_type="application/json", headers=headers)
    assert response.status_code == 400


@pytest.mark.parametrize(("sent", "kept"), [(PAGE.upper(), PAGE), (None, "")], ids=["upper case", "none"])
def test_the_page_is_named_as_the_handshake_will_name_it(
    client: APIClient, ada: Any, login: Any, sent: str | None, kept: str
) -> None:
    headers = {"Authorization": drf(client, login), **({"Origin": sent} if sent else {})}
    assert ask(client, **headers).status_code == 200
    assert Ticket.objects.get().origin == kept


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", "h\u00e9", f"{PAGE},https://evil.example"], ids=ascii
)
def test_a_page_that_may_not_connect_gets_none(client: APIClient, ada: Any, login: Any, origin: str) -> None:
    response = ask(client, Authorization=drf(client, login), Origin=origin)
    assert response.status_code == 403
    assert not Ticket.objects.exists()


def test_a_deactivated_user_gets_none(client: APIClient, ada: Any, login: Any) -> None:
    authorization = drf(client, login)
    ada.is_active = False
    ada.save()
    assert ask(client, Authorization=authorization).status_code == 401
