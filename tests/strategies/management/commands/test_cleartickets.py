"""`manage.py cleartickets` leaves nothing that is long over, and nothing else goes."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils import timezone

from strategies.backends.batching import LARGEST
from strategies.backends.ticket import KEPT
from strategies.models import Ticket


def told() -> str:
    out = StringIO()
    call_command("cleartickets", stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_all_that_is_over_goes_however_much_it_is() -> None:
    user, now = get_user_model().objects.create(username="ada"), timezone.now()
    ends = [now - 2 * KEPT] * (2 * LARGEST + 1) + [now, now + timedelta(seconds=30)]
    Ticket.objects.bulk_create(Ticket(digest=str(number), user=user, expires_at=end) for number, end in enumerate(ends))
    assert told() == f"{2 * LARGEST + 1} deleted.\n"
    assert Ticket.objects.count() == 2
    assert told() == "0 deleted.\n"
