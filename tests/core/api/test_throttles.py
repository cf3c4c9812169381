"""Guessing is slow, per address and username; tickets are counted per user."""

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from rest_framework.test import APIClient

from core.api.throttles import LoginThrottle, TicketThrottle

pytestmark = pytest.mark.django_db
PATHS = ["/api/login/", "/api/login/authtoken/", "/api/login/simplejwt/", "/api/login/session/"]


@pytest.fixture(autouse=True)
def _two_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LoginThrottle, "rate", "2/min", raising=False)


def attempt(client: APIClient, path: str = "/api/login/", **changes: Any) -> Any:
    headers = changes.pop("headers", {})
    address = changes.pop("address", "192.0.2.1")
    body = json.dumps({"username": "ada", "password": "no", **changes})
    return client.post(path, body, content_type="application/json", headers=headers, REMOTE_ADDR=address)


def exhaust(client: APIClient, path: str = "/api/login/") -> None:
    for _ in range(2):
        assert attempt(client, path).status_code != 429


@pytest.mark.parametrize("path", PATHS)
def test_too_many_attempts_have_to_wait(client: APIClient, path: str) -> None:
    exhaust(client, path)
    refused = attempt(client, path)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 60


def test_all_logins_share_one_count(client: APIClient) -> None:
    for path in PATHS[:2]:
        attempt(client, path)
    assert [attempt(client, path).status_code for path in PATHS] == [429] * 4


def test_the_right_password_does_not_help_any_more(client: APIClient, ada: Any, login: Any) -> None:
    exhaust(client)
    assert attempt(client, **login).status_code == 429


def test_others_are_not_locked_out(client: APIClient) -> None:
    exhaust(client)
    assert attempt(client, username="bob").status_code == 400
    assert attempt(client, address="192.0.2.2").status_code == 400


@pytest.mark.parametrize("spelling", ["ADA", " ada ", "Ada"])
def test_another_spelling_is_the_same_name(client: APIClient, spelling: str) -> None:
    exhaust(client)
    assert attempt(client, username=spelling).status_code == 429


def test_a_forwarded_address_is_not_believed(client: APIClient) -> None:
    exhaust(client)
    assert attempt(client, headers={"X-Forwarded-For": "198.51.100.7"}).status_code == 429


def test_no_username_fits_every_cache(client: APIClient) -> None:
    for name in ("x" * 10_000, "a b\nc", "é\ud800", ["a"], None):
        assert attempt(client, username=name).status_code == 400


def test_tickets_are_counted_per_user(monkeypatch: pytest.MonkeyPatch, ada: Any) -> None:
    monkeypatch.setattr(TicketThrottle, "rate", "2/min", raising=False)
    bob = get_user_model().objects.create(username="bob")

    def ask(user: Any) -> Any:
        client = APIClient()
        client.force_authenticate(user)
        return client.post("/api/ticket/", {"path": "/ws/header/ticket/"}, format="json")

    assert [ask(ada).status_code for _ in range(3)] == [200, 200, 429]
    assert 0 < int(ask(ada)["Retry-After"]) <= 60
    assert ask(bob).status_code == 200
