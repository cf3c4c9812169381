"""The Django app: found by its label wherever the package was put, and its checks come with it."""

from __future__ import annotations

from django.apps import apps
from django.core.checks.registry import registry

from strategies import checks
from strategies.apps import WebSocketAuthConfig


def test_the_label_is_fixed_and_the_name_is_where_it_stands() -> None:
    config = apps.get_app_config("wsauth")
    assert isinstance(config, WebSocketAuthConfig)
    assert (config.name, config.label, config.verbose_name) == ("strategies", "wsauth", "WebSocket authentication")
    assert config.module is not None


def test_ready_registers_the_checks() -> None:
    apps.get_app_config("wsauth").ready()
    assert checks.configuration in registry.get_checks()
    assert checks.credentials_in_urls in registry.get_checks(include_deployment_checks=True)
    assert checks.credentials_in_urls not in registry.get_checks()
