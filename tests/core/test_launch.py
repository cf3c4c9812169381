from __future__ import annotations

import os
from typing import Any

import pytest

from core import launch


def test_pages_at_the_port_may_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WSAUTH_ORIGINS", raising=False)
    assert launch.environment(8123)["WSAUTH_ORIGINS"] == "http://localhost:8123,http://127.0.0.1:8123"


def test_and_those_that_are_named(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setenv("WSAUTH_ORIGINS", "https://app.example")
    settings.ORIGINS = ["https://app.example"]
    assert launch.environment(8123)["WSAUTH_ORIGINS"].endswith(":8123,https://app.example")


def test_the_project_can_be_imported_and_the_rest_stays(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("REDIS_URL", "redis://somewhere")
    found = launch.environment(8123)
    assert found["PYTHONPATH"] == f"{settings.BASE_DIR}{os.pathsep}elsewhere"
    assert found["REDIS_URL"] == "redis://somewhere"
