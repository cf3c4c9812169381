"""The admin: who may end connections there, what comes of it, and that the journal can only be read."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from strategies import admin
from strategies.models import JournalEntry
from tests.test_layout import ROOT

pytestmark = pytest.mark.django_db

USERS = "admin:auth_user_changelist"
JOURNAL = "admin:wsauth_journalentry_changelist"


def somebody(name: str, *permissions: str, **facts: Any) -> Any:
    user = get_user_model().objects.create_user(name, is_staff=True, **facts)
    user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    return user


def logged_in(*permissions: str, **facts: Any) -> Client:
    client = Client()
    client.force_login(somebody("operator", *permissions, **facts))
    return client


def pressed(client: Client, *users: Any) -> Any:
    data = {"action": "end_connections", "_selected_action": [user.pk for user in users]}
    return client.post(reverse(USERS), data, follow=True)


def test_connections_of_the_selected_users_end(django_capture_on_commit_callbacks: Any) -> None:
    client = logged_in("view_user", "change_user")
    ada, ben, _ = (somebody(name) for name in ("ada", "ben", "cy"))
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        answer = pressed(client, ada, ben)
    assert "WebSocket connections of 2 users end." in answer.text
    assert {(one.user, one.issued_before) for one in JournalEntry.objects.all()} == {
        (str(ada.pk), None),
        (str(ben.pk), None),
    }
    assert len(callbacks) == 1, "one write and one nudge"
    entries = LogEntry.objects.filter(change_message="Ended WebSocket connections.")
    assert {(one.object_id, one.user.username) for one in entries} == {
        (str(ada.pk), "operator"),
        (str(ben.pk), "operator"),
    }


def test_it_is_offered_by_name() -> None:
    answer = logged_in("view_user", "change_user").get(reverse(USERS))
    assert "End WebSocket connections of selected users" in answer.text


def test_who_may_only_look_may_not() -> None:
    client, ada = logged_in("view_user"), somebody("ada")
    assert "End WebSocket" not in client.get(reverse(USERS)).text
    pressed(client, ada)
    assert not JournalEntry.objects.exists()


# ── the journal ──────────────────────────────────────────────────────────────────────────────────


def entry(**facts: Any) -> JournalEntry:
    return JournalEntry.objects.create(**{"decided_at": time.time(), **facts})


def test_the_journal_of_the_last_day_can_be_read() -> None:
    client = logged_in("view_journalentry")
    entry(user="4711", connection="abc0", issued_before=1_700_000_000.0)
    entry(user="4712")
    entry(user="4713", decided_at=time.time() - 86_460)
    shown = client.get(reverse(JOURNAL)).text
    for text in ("4711", "abc0", "Nov. 14, 2023", "4712"):
        assert text in shown
    assert "4713" not in shown
    found = client.get(reverse(JOURNAL), {"q": "4711"}).text
    assert "4711" in found
    assert "4712" not in found


def test_not_even_a_superuser_changes_it() -> None:
    client, one = logged_in(is_superuser=True), entry(user="4711")
    assert client.get(reverse("admin:wsauth_journalentry_change", args=[one.pk])).status_code == 200
    for name, arguments in (("add", []), ("change", [one.pk]), ("delete", [one.pk])):
        answer = client.post(reverse(f"admin:wsauth_journalentry_{name}", args=arguments), {"user": "1", "post": "yes"})
        assert answer.status_code == 403, name
    client.post(reverse(JOURNAL), {"action": "delete_selected", "_selected_action": [one.pk], "post": "yes"})
    assert [entry.user for entry in JournalEntry.objects.all()] == ["4711"]


def test_who_may_not_look_sees_nothing() -> None:
    assert logged_in("view_user").get(reverse(JOURNAL)).status_code == 403


# ── where the user model is registered, and how ──────────────────────────────────────────────────


class Site(django_admin.AdminSite):
    """In place of the project's."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    site = Site()
    monkeypatch.setattr(admin.admin, "site", site)
    return site


def test_without_an_admin_of_the_users_nothing_is_added(site: Site) -> None:
    admin._add_action()
    assert not site.is_registered(get_user_model())


def test_actions_that_are_switched_off_stay_off(site: Site) -> None:
    site.register(get_user_model(), actions=None)
    admin._add_action()
    assert site.get_model_admin(get_user_model()).actions is None


def test_others_are_kept(site: Site) -> None:
    site.register(get_user_model(), actions=["theirs"])
    admin._add_action()
    assert site.get_model_admin(get_user_model()).actions == ["theirs", admin.end_connections]


def test_a_user_model_whose_app_has_no_admin(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "find_spec", lambda name: None)
    admin._add_action()


PROJECT = """
import sys
import django
from django.conf import settings
settings.configure(INSTALLED_APPS={apps}, DATABASES={{}}, SECRET_KEY="x" * 32, USE_TZ=True)
django.setup()
{then}
"""
TOGETHER = ["django.contrib.auth", "django.contrib.contenttypes"]
PROJECTS = {
    "no admin at all": (["strategies", *TOGETHER], "assert 'strategies.admin' not in sys.modules"),
    "before the users' app": (
        ["django.contrib.admin", "django.contrib.messages", "strategies", *TOGETHER],
        """from django.contrib import admin
from django.contrib.auth.models import User
assert [one.__name__ for one in admin.site.get_model_admin(User).actions] == ["end_connections"]""",
    ),
}


@pytest.mark.parametrize(("apps", "then"), PROJECTS.values(), ids=PROJECTS)
def test_in_projects_of_their_own(apps: list[str], then: str) -> None:
    command = [sys.executable, "-c", PROJECT.format(apps=apps, then=then)]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
