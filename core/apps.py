"""The lab as a Django app: it owns templates, static files, commands and one signal, but no models."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "wsauth lab"

    def ready(self) -> None:
        from . import signals

        signals.connect()
