from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import serializers
from rest_framework.authtoken.models import Token

pytestmark = pytest.mark.django_db


def test_a_new_user_gets_a_token(ada: Any) -> None:
    assert Token.objects.get(user=ada).key


def test_saving_a_user_again_leaves_the_token_alone(ada: Any) -> None:
    key = ada.auth_token.key
    ada.save()
    assert Token.objects.get(user=ada).key == key


def test_a_deleted_token_does_not_come_back_by_itself(ada: Any) -> None:
    ada.auth_token.delete()
    ada.save()
    assert not Token.objects.filter(user=ada).exists()


def test_a_fixture_brings_its_own_rows() -> None:
    text = serializers.serialize("json", [get_user_model()(pk=7, username="loaded")])
    for loaded in serializers.deserialize("json", text):
        loaded.save()
    assert not Token.objects.filter(user_id=7).exists()
