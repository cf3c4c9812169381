from django.apps import apps
from django.db.models.signals import post_save


def test_the_lab_has_no_models() -> None:
    assert list(apps.get_app_config("core").get_models()) == []


def test_the_signal_is_connected_once_however_often_the_app_gets_ready() -> None:
    before = len(post_save.receivers)
    apps.get_app_config("core").ready()
    assert len(post_save.receivers) == before
