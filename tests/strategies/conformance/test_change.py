"""What may happen to a sample or its user: done as a project does it, not applicable where it can't happen."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model

from strategies.backend import NotApplicable, SampleKind
from strategies.backends.authtoken import AuthToken
from strategies.backends.simplejwt import SimpleJWT
from strategies.conformance.change import Change, changer, user_of
from strategies.conformance.contender import Sample, make_user, sampler
from strategies.models import JournalEntry
from strategies.refusal import Refused
from tests.strategies.toys import TOKEN, Toy

pytestmark = pytest.mark.django_db(transaction=True)
TABLED = [Change.DEACTIVATED, Change.DELETED, Change.PASSWORD_CHANGED, Change.UNSEEN]
"""What a user's row is enough for."""


async def somebody() -> Sample:
    return Sample(TOKEN, (await make_user()).get_username())


async def noted() -> int:
    """How much has been taken back, in this process and for all others."""
    return await JournalEntry.objects.acount()


@pytest.mark.parametrize("change", TABLED)
async def test_what_happens_to_a_users_row(change: Change) -> None:
    sample = await somebody()
    before = await user_of(sample)
    await changer()(change, sample)
    row = await get_user_model().objects.filter(username=sample.username).afirst()
    match change:
        case Change.DELETED:
            assert row is None
        case Change.PASSWORD_CHANGED:
            assert row is not None
            assert row.password != before.password
        case _:
            assert row is not None
            assert not row.is_active
    assert bool(await noted()) is (change is not Change.UNSEEN)


async def test_by_hand() -> None:
    await changer(Toy())(Change.REVOKED, await somebody())
    assert await noted() == 1


async def test_a_backend_takes_its_credentials_back_in_its_own_way() -> None:
    backend = AuthToken()
    sample = await sampler(backend)(SampleKind.VALID)
    await changer(backend)(Change.TAKEN_BACK, sample)
    with pytest.raises(Refused):
        await backend.verify(sample.token)


@pytest.mark.parametrize("change", [Change.TAKEN_BACK, Change.REVOKED])
async def test_rows_alone_take_no_credential_back(change: Change) -> None:
    with pytest.raises(NotApplicable, match="nothing is declared that takes a credential back"):
        await changer()(change, await somebody())


async def test_a_backend_that_takes_nothing_back() -> None:
    with pytest.raises(NotApplicable, match="the backend takes no credential back"):
        await changer(Toy())(Change.TAKEN_BACK, await somebody())


async def test_whoever_is_not_asked_again_notices_nothing() -> None:
    sample = await somebody()
    with pytest.raises(NotApplicable, match="nobody is asked again"):
        await changer(SimpleJWT(stateless=True))(Change.UNSEEN, sample)
    assert (await sync_to_async(get_user_model().objects.get)(username=sample.username)).is_active
