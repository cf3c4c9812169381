"""The comparison as a Django app: it owns one command and the report's template, but no models."""

from django.apps import AppConfig


class BenchConfig(AppConfig):
    name = "bench"
    verbose_name = "wsauth comparison"
