from __future__ import annotations

from django.apps import apps
from django.template.loader import get_template


def test_it_is_installed_and_its_template_is_found() -> None:
    assert apps.get_app_config("bench").verbose_name == "wsauth comparison"
    assert get_template("bench/report.html")
