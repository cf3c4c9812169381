"""What `manage.py check` says: every misconfiguration with its id, and credentials in URLs before a deployment."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from channels.routing import URLRouter
from django.core.checks import ERROR, WARNING
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import override_settings
from django.urls import path

from strategies import checks, registry

GOOD: dict[str, Any] = {
    "STRATEGIES": {"querystring": {}, "header": {}},
    "BACKENDS": {"authtoken": {}, "simplejwt": {}},
    "POLICY": {"ORIGINS": ["https://app.example"]},
}
BAD: dict[str, Any] = {
    "STRATEGIES": {"qs": {}, "querystring": {}},
    "BACKENDS": {"authtoken": {}},
    "POLICY": {"DEADLINE": -1},
    "POLICIES": {},
}


def check(**options: Any) -> str:
    """The output of `manage.py check`, errors included, of this app's checks only."""
    out = StringIO()
    try:
        call_command("check", tags=["wsauth"], stdout=out, stderr=out, **options)
    except SystemCheckError as error:
        out.write(str(error))
    return out.getvalue()


@override_settings(WS_AUTH=GOOD)
def test_a_good_configuration_has_no_issues() -> None:
    assert "no issues" in check()


@override_settings(WS_AUTH=BAD)
def test_a_bad_one_is_an_error_for_each_thing_that_is_wrong() -> None:
    with pytest.raises(SystemCheckError):
        call_command("check", stdout=StringIO(), stderr=StringIO())
    said = check()
    assert "(wsauth.E002) WS_AUTH has an unknown key 'POLICIES'." in said
    assert "HINT: Known: STRATEGIES, BACKENDS, PAIRS, POLICY, ROUTES, LIMITS." in said
    assert "(wsauth.E003)" in said
    assert "'qs'" in said
    assert "(wsauth.E008) WS_AUTH['POLICY']: DEADLINE must be a positive number, not -1." in said
    assert said.count("wsauth.E") == 3


@override_settings(WS_AUTH=BAD)
def test_a_hint_is_shown_only_where_there_is_one() -> None:
    messages = checks.configuration()
    assert [message.hint or "" for message in messages] == [problem.hint for problem in registry.problems()]
    assert None in [message.hint for message in messages]
    assert {message.level for message in messages} == {ERROR}


@override_settings(WS_AUTH=GOOD)
def test_credentials_in_urls_are_a_warning_before_a_deployment() -> None:
    said = check(deploy=True)
    assert "(wsauth.W001) querystring × authtoken: the credential is part of the URL" in said
    assert "(wsauth.W001) querystring × simplejwt" in said
    assert "header" not in said
    assert "RFC 9700" in said
    assert "W001" not in check()
    assert {message.level for message in checks.credentials_in_urls()} == {WARNING}


SESSIONS: dict[str, Any] = {**GOOD, "STRATEGIES": {"cookie": {}}, "BACKENDS": {"session": {}, "authtoken": {}}}


@pytest.mark.parametrize(("engine", "warned"), [("signed_cookies", True), ("db", False), ("file", False)])
def test_sessions_that_no_log_out_ends_are_a_warning(engine: str, warned: bool) -> None:
    with override_settings(SESSION_ENGINE=f"django.contrib.sessions.backends.{engine}"):
        registry._from_settings.cache_clear()
        with override_settings(WS_AUTH=SESSIONS):
            said = check()
    assert ("(wsauth.W002) session: a session in a signed cookie is the browser's alone" in said) is warned
    assert said.count("W002") == warned


async def consumer(*_: Any) -> None: ...


consumer.consumer_class = type("Chat", (), {})  # type: ignore[attr-defined]
routed = URLRouter([path("open/", consumer)])  # type: ignore[arg-type, list-item]
broken = type("Broken", (), {"application_mapping": property(lambda self: 1 / 0)})()


@override_settings(ASGI_APPLICATION=f"{__name__}.routed", WS_AUTH=GOOD)
def test_a_route_without_a_gate_is_a_warning() -> None:
    said = check()
    assert "(wsauth.W003) Chat is behind no gate on the WebSocket route 'open/'." in said
    assert said.count("W003") == 1


@pytest.mark.parametrize("name", ["core.asgi.application", f"{__name__}.broken", f"{__name__}.none", "no.such", None])
def test_where_nothing_is_seen_nothing_is_said(name: str | None) -> None:
    with override_settings(ASGI_APPLICATION=name):
        assert checks.routes_without_a_gate() == []


@pytest.mark.parametrize("setting", [BAD, None, {**GOOD, "STRATEGIES": {"header": {}}}], ids=["bad", "none", "no URL"])
def test_no_warning_without_a_route_to_warn_of(setting: Any) -> None:
    with override_settings(WS_AUTH=setting):
        assert checks.credentials_in_urls() == []
        assert checks.caveats() == []


@pytest.mark.parametrize(
    ("limits", "warned"),
    [({}, True), ({"FAILURES_PER_ADDRESS": None}, True), ({"FAILURES_PER_ADDRESS": "9/min"}, False)],
)
def test_guesses_that_nobody_counts_are_a_warning_before_a_deployment(limits: Any, warned: bool) -> None:
    with override_settings(WS_AUTH={**GOOD, "LIMITS": limits}):
        said = check(deploy=True)
        assert ("(wsauth.W004) FAILURES_PER_ADDRESS is not set" in said) is warned
        assert "W004" not in check()
    with override_settings(WS_AUTH={**BAD, "LIMITS": limits}):
        assert checks.guessing() == []


def test_the_labs_own_configuration_is_good() -> None:
    assert checks.configuration() == []
