"""The settings as a fresh process reads them, under different environments."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

MINE = ("DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL")
PROBE = """
import json
from django.conf import settings
names = ("DEBUG", "WS_AUTH", "CHANNEL_LAYERS", "CACHES", "DATABASES", "SESSION_COOKIE_SECURE", "CORS_ALLOWED_ORIGINS")
names += ("SIMPLE_JWT",)
print(json.dumps({name: getattr(settings, name) for name in names}, default=str))
"""


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in MINE and not name.startswith("WSAUTH_")}
    return subprocess.run(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env={**kept, "DJANGO_SETTINGS_MODULE": "core.settings", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def probe(**environment: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("-c", PROBE, **environment).stdout)
    return found


def test_the_defaults_are_a_lab_on_loopback() -> None:
    found = probe()
    assert found["DEBUG"] is True
    assert found["WS_AUTH"]["POLICY"]["ORIGINS"] == ["http://localhost:8000", "http://127.0.0.1:8000"]
    assert found["WS_AUTH"]["POLICY"]["REFUSE"] == "handshake"
    assert found["DATABASES"]["default"]["ENGINE"].endswith("sqlite3")
    assert "InMemory" in found["CHANNEL_LAYERS"]["default"]["BACKEND"]
    assert found["SESSION_COOKIE_SECURE"] is False


def test_one_variable_each_changes_storage_layer_and_rules() -> None:
    found = probe(
        DATABASE_URL="postgres://ada@localhost/lab",
        REDIS_URL="redis://localhost:6379",
        WSAUTH_ORIGINS="https://app.example",
        WSAUTH_REFUSE="close",
        WSAUTH_DEADLINE="1.5",
        WSAUTH_EXPIRY_GRACE="2",
        WSAUTH_ACCESS_LIFETIME="20",
    )
    assert "pool" in found["DATABASES"]["default"]["OPTIONS"]
    assert "channels_redis" in found["CHANNEL_LAYERS"]["default"]["BACKEND"]
    assert "redis" in found["CACHES"]["default"]["BACKEND"]
    policy = found["WS_AUTH"]["POLICY"]
    assert (policy["ORIGINS"], policy["REFUSE"], policy["DEADLINE"]) == (["https://app.example"], "close", 1.5)
    assert (policy["EXPIRY_GRACE"], found["SIMPLE_JWT"]["ACCESS_TOKEN_LIFETIME"]) == (2, "0:00:20")
    assert found["CORS_ALLOWED_ORIGINS"] == ["https://app.example"]


def test_limits_are_shared_over_redis_and_each_can_be_switched_off() -> None:
    variables = (
        "UNAUTHENTICATED",
        "UNAUTHENTICATED_PER_ADDRESS",
        "CONNECTIONS_PER_USER",
        "FAILURE_RATE",
        "CONNECT_RATE",
    )
    limits = probe()["WS_AUTH"]["LIMITS"]
    assert list(limits.values()) == [10_000, 50, 100, "60/min", "120/min", "memory://"]
    url = "redis://localhost:6379"
    limits = probe(**{f"WSAUTH_{name}": "off" for name in variables}, REDIS_URL=url)["WS_AUTH"]["LIMITS"]
    assert list(limits.values()) == [None, None, None, None, None, url]


def test_without_debug_no_page_is_allowed_unless_named_and_cookies_want_tls() -> None:
    found = probe(DEBUG="false", SECRET_KEY="k" * 50)
    assert found["WS_AUTH"]["POLICY"]["ORIGINS"] == []
    assert found["SESSION_COOKIE_SECURE"] is True


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"WSAUTH_REFUSE": "politely"}, ("WSAUTH_REFUSE", "'politely'", "handshake, close")),
        ({"WSAUTH_DEADLINE": "soon"}, ("WSAUTH_DEADLINE", "'soon'")),
        ({"WSAUTH_ACCESS_LIFETIME": "1e300"}, ("WSAUTH_ACCESS_LIFETIME", "'1e300'")),
        ({"WSAUTH_ORIGINS": "app.example"}, ("WSAUTH_ORIGINS", "'app.example'")),
        ({"WSAUTH_LOGIN_RATE": "fast"}, ("WSAUTH_LOGIN_RATE", "'fast'")),
        ({"WSAUTH_FAILURE_RATE": "seldom"}, ("WSAUTH_FAILURE_RATE", "'seldom'")),
        ({"WSAUTH_UNAUTHENTICATED": "some"}, ("WSAUTH_UNAUTHENTICATED", "'some'")),
        ({"DEBUG": "false"}, ("SECRET_KEY", "required")),
        ({"DEBUG": "perhaps"}, ("DEBUG", "'perhaps'")),
    ],
)
def test_the_command_line_says_what_is_wrong_without_a_traceback(
    environment: dict[str, str], said: tuple[str, ...]
) -> None:
    result = run("manage.py", "check", **environment)
    assert result.returncode == 2
    assert all(part in result.stderr for part in said)
    assert "Traceback" not in result.stderr


def test_check_and_migrations_are_clean() -> None:
    assert run("-W", "error", "manage.py", "check", "--fail-level", "WARNING").returncode == 0
    in_memory = {"DATABASE_URL": "sqlite://:memory:"}  # the command opens the database: none is to appear beside it
    assert run("manage.py", "makemigrations", "--check", "--dry-run", **in_memory).returncode == 0
