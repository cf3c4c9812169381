import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import settings as lab
from core.api.pairs import describe
from strategies import registry


def served(client: APIClient) -> dict[str, Any]:
    pairs = client.get("/api/strategies/").json()["pairs"]
    return {pair["name"]: pair for pair in pairs}


def test_every_pair_is_listed_with_its_path_and_its_traits(client: APIClient) -> None:
    found = served(client)
    assert set(found) == {pair.name for pair in registry.pairs()}
    assert found["cookie × session"]["path"] == "/ws/cookie/session/"
    assert found["cookie × session"]["traits"]["ambient"] is True
    assert found["header × authtoken"]["traits"]["browser"] is False


def test_rules_are_told_and_the_origins_are_not(client: APIClient, settings: Any) -> None:
    settings.WS_AUTH = lab.WS_AUTH  # the lab's own rules, not the quicker ones of the tests
    found = served(client)
    assert found["querystring × authtoken"]["policy"]["native_clients"] is True
    assert found["cookie × session"]["policy"]["native_clients"] is False
    assert found["first_message × authtoken"]["policy"]["deadline"] == 5.0
    assert found["querystring × authtoken"]["policy"]["deadline"] == 3.0
    assert not any(origin in json.dumps(found) for origin in settings.ORIGINS)


@pytest.mark.parametrize(
    ("name", "login"),
    [
        ("querystring × authtoken", {"path": "/api/login/authtoken/", "cookie": False, "field": "token", "body": None}),
        (
            "header × simplejwt_stateless",
            {"path": "/api/login/simplejwt/", "cookie": False, "field": "access", "body": None},
        ),
        ("cookie × simplejwt", {"path": "/api/login/simplejwt/", "cookie": True, "field": None, "body": None}),
        ("cookie × session", {"path": "/api/login/session/", "cookie": False, "field": None, "body": None}),
        (
            "subprotocol × ticket",
            {
                "path": "/api/ticket/",
                "cookie": False,
                "field": "ticket",
                "body": {"path": "/ws/subprotocol/ticket/"},
            },
        ),
    ],
)
def test_where_the_credential_comes_from(client: APIClient, name: str, login: dict[str, Any]) -> None:
    assert served(client)[name]["login"] == login


def test_a_strangers_backend_has_no_login_here() -> None:
    config = {"STRATEGIES": {"querystring": {}}, "BACKENDS": {"badge": {"CLASS": "authtoken"}}}
    (pair,) = registry.build(config).pairs
    assert describe(pair)["login"] is None


def test_anybody_may_ask_and_a_bad_header_is_no_obstacle(client: APIClient) -> None:
    assert client.get("/api/strategies/", headers={"Authorization": "Token nobodys"}).status_code == 200
