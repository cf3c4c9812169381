from __future__ import annotations

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.db import connection

from bench.queries import count_queries


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("expected", [0, 1, 3])
async def test_those_of_the_thread_that_asks(expected: int) -> None:
    def ask() -> None:
        for _ in range(expected):
            get_user_model().objects.count()

    assert await count_queries(database_sync_to_async(ask)) == expected


@pytest.mark.django_db(transaction=True)
async def test_afterwards_nothing_counts_any_more() -> None:
    async def fails() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await count_queries(fails)
    assert await database_sync_to_async(lambda: list(connection.execute_wrappers))() == []
