"""The Django app: its label is fixed, its module is wherever this package was put."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class WebSocketAuthConfig(AppConfig):
    name = __package__ or ""
    label = "wsauth"
    verbose_name = "WebSocket authentication"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module(".checks", self.name)
        import_module(".wiring", self.name).connect()
