"""Bad values are named together with their variable; values that may hold a password are not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from core import environment

NAME = "WSAUTH_TEST_VARIABLE"


def given(monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    if text is None:
        monkeypatch.delenv(NAME, raising=False)
    else:
        monkeypatch.setenv(NAME, text)


@pytest.mark.parametrize(
    ("text", "read", "expected"),
    [
        (None, lambda: environment.flag(NAME, True), True),
        ("", lambda: environment.flag(NAME, True), True),
        ("false", lambda: environment.flag(NAME, True), False),
        ("On", lambda: environment.flag(NAME, False), True),
        (None, lambda: environment.seconds(NAME, 5.0), 5.0),
        ("0.25", lambda: environment.seconds(NAME, 5.0), 0.25),
        (None, lambda: environment.choice(NAME, ("handshake", "close")), "handshake"),
        ("close", lambda: environment.choice(NAME, ("handshake", "close")), "close"),
        (None, lambda: environment.folder(NAME, Path("/srv/a")), Path("/srv/a")),
        ("/srv/b", lambda: environment.folder(NAME, Path("/srv/a")), Path("/srv/b")),
        (None, lambda: environment.rate(NAME, "30/min"), "30/min"),
        ("5/hour", lambda: environment.rate(NAME, "30/min"), "5/hour"),
        (None, lambda: environment.count(NAME, 50), 50),
        ("7", lambda: environment.count(NAME, 50), 7),
        (None, lambda: environment.unless_off(NAME, environment.count, default=50), 50),
        ("7", lambda: environment.unless_off(NAME, environment.count, default=50), 7),
        ("Off", lambda: environment.unless_off(NAME, environment.count, default=50), None),
        (None, lambda: environment.names(NAME, ["a"]), ["a"]),
        (" a , b,", lambda: environment.names(NAME, []), ["a", "b"]),
        ("HTTPS://App.Example, http://[::1]:8000", lambda: environment.origins(NAME, []),
         ["https://app.example", "http://[::1]:8000"]),
        (None, lambda: environment.secret_key(NAME, "d" * 32), "d" * 32),
        ("k" * 32, lambda: environment.secret_key(NAME, None), "k" * 32),
        (None, lambda: environment.database_url(NAME), None),
        (None, lambda: environment.redis_url(NAME), None),
        ("redis://localhost:6379/1", lambda: environment.redis_url(NAME), "redis://localhost:6379/1"),
    ],
)  # fmt: skip
def test_good_values(monkeypatch: pytest.MonkeyPatch, text: str | None, read: Callable[[], Any], expected: Any) -> None:
    given(monkeypatch, text)
    assert read() == expected


@pytest.mark.parametrize(
    ("text", "read", "also"),
    [
        ("maybe", lambda: environment.flag(NAME, True), "'maybe'"),
        ("soon", lambda: environment.seconds(NAME, 5.0), "'soon'"),
        ("0", lambda: environment.seconds(NAME, 5.0), "'0'"),
        ("-1", lambda: environment.seconds(NAME, 5.0), "'-1'"),
        ("inf", lambda: environment.seconds(NAME, 5.0), "'inf'"),
        ("nan", lambda: environment.seconds(NAME, 5.0), "'nan'"),
        ("never", lambda: environment.choice(NAME, ("handshake", "close")), "handshake, close"),
        ("fast", lambda: environment.rate(NAME, "30/min"), "'fast'"),
        ("0/min", lambda: environment.rate(NAME, "30/min"), "'0/min'"),
        ("0", lambda: environment.count(NAME, 50), "'0'"),
        ("-1", lambda: environment.count(NAME, 50), "'-1'"),
        ("many", lambda: environment.count(NAME, 50), "'many'"),
        ("9" * 5_000, lambda: environment.count(NAME, 50), "is no whole number"),
        ("none", lambda: environment.unless_off(NAME, environment.count, default=50), "'none'"),
        ("static", lambda: environment.folder(NAME, Path("/srv")), "'static' is no absolute path"),
        ("app.example", lambda: environment.origins(NAME, []), "'app.example'"),
        ("https://app.example/", lambda: environment.origins(NAME, []), "'https://app.example/'"),
        ("https://a.example,*", lambda: environment.origins(NAME, []), "'*'"),
        ("https://app.example:443", lambda: environment.origins(NAME, []), "write 'https://app.example'"),
        ("null", lambda: environment.origins(NAME, []), "'null'"),
        ("https://u@app.example", lambda: environment.origins(NAME, []), "'https://u@app.example'"),
        (None, lambda: environment.secret_key(NAME, None), "required when DEBUG is off"),
        ("postgres://ada:pw@host/lab?pool=maybe", lambda: environment.database_url(NAME), "pool='maybe'"),
        ("mongo://localhost/lab", lambda: environment.database_url(NAME), "'mongo'"),
        ("http://localhost", lambda: environment.redis_url(NAME), "'http'"),
    ],
)
def test_bad_values_are_named(
    monkeypatch: pytest.MonkeyPatch, text: str | None, read: Callable[[], Any], also: str
) -> None:
    given(monkeypatch, text)
    with pytest.raises(ImproperlyConfigured) as caught:
        read()
    assert NAME in str(caught.value)
    assert also in str(caught.value)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("hunter2", lambda: environment.secret_key(NAME, None)),
        ("hunter2", lambda: environment.database_url(NAME)),
        ("mongo://ada:hunter2@host/lab", lambda: environment.database_url(NAME)),
        ("postgres://ada:hunter2@host:port/lab", lambda: environment.database_url(NAME)),
        ("hunter2", lambda: environment.redis_url(NAME)),
        ("http://:hunter2@host", lambda: environment.redis_url(NAME)),
    ],
)
def test_secrets_are_not_repeated(monkeypatch: pytest.MonkeyPatch, text: str, read: Callable[[], Any]) -> None:
    given(monkeypatch, text)
    with pytest.raises(ImproperlyConfigured) as caught:
        read()
    assert NAME in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("", {}),
        ("?pool=false", {"pool": False}),
        ("?pool=0", {"pool": False}),
        ("?pool=true", {}),
        ("?pool=off&sslmode=require", {"pool": False, "sslmode": "require"}),
    ],
)
def test_the_pool_can_be_switched_off(monkeypatch: pytest.MonkeyPatch, query: str, options: dict[str, Any]) -> None:
    given(monkeypatch, f"postgres://ada@db.example/lab{query}")
    found = environment.database_url(NAME)
    assert found is not None
    assert found.get("OPTIONS", {}) == options


def test_a_database_url_becomes_djangos_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, "postgres://ada:hunter2@db.example:5433/lab")
    found = environment.database_url(NAME)
    assert found is not None
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example", 5433, "lab")
