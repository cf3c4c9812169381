from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
TOKEN = "a" * 40


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    def fails(**_: Any) -> None:
        raise request.param

    monkeypatch.setattr(Token.objects, "filter", fails)


def log_out(client: APIClient) -> Any:
    return client.post("/api/logout/", headers={"Authorization": f"Token {TOKEN}"})


@pytest.mark.parametrize("broken", [OperationalError("no connection"), InterfaceError("closed")], indirect=True)
def test_a_database_that_is_away_is_said(client: APIClient, broken: None, caplog: pytest.LogCaptureFixture) -> None:
    response = log_out(client)
    assert response.status_code == 503
    assert response.json() == {"detail": "The database can't be asked at present: try again."}
    assert [record.levelno for record in caplog.records if record.name == "core.api.errors"] == [logging.ERROR]
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("broken", [IntegrityError("ours"), ValueError("ours")], indirect=True)
def test_what_is_our_own_fault_is_no_excuse(client: APIClient, broken: None) -> None:
    with pytest.raises((IntegrityError, ValueError), match="ours"):
        log_out(client)


def test_other_refusals_are_as_ever(client: APIClient) -> None:
    assert log_out(client).status_code == 401
    assert client.get("/api/logout/").status_code == 405
