"""The cases themselves: each says "as expected" of a good gate, "not applicable" with a reason, and WRONG of a bad one."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from strategies.conformance import CASES, Case, Outcome, judge
from tests.strategies.conformance.stage import contender, guarded, medium
from tests.strategies.toys import STRATEGIES

BY_ID = {case.id: case for case in CASES}


@pytest.mark.parametrize("denies_with_status", [True, False], ids=["status", "403"])
@pytest.mark.parametrize("refuse", ["handshake", "close"])
@pytest.mark.parametrize("name", STRATEGIES)
async def test_a_good_gate_does_what_every_case_expects(name: str, refuse: str, denies_with_status: bool) -> None:
    one = contender(name, refuse=refuse)

    async def judged(case: Case) -> tuple[str, Outcome, str]:
        over = medium(lambda app: guarded(one, app), denies_with_status=denies_with_status)
        verdict = await judge(case, one, over)
        return case.id, verdict.outcome, verdict.reason

    for id, outcome, reason in await asyncio.gather(*map(judged, CASES)):
        assert outcome is not Outcome.WRONG, (id, reason)
        assert bool(reason) is (outcome is Outcome.NOT_APPLICABLE), id


def test_ids_name_one_case_each_and_can_be_typed() -> None:
    assert [id for id, count in Counter(case.id for case in CASES).items() if count > 1] == []
    assert all(id == id.lower() and id.replace("-", "").isalnum() and id.isascii() for id in BY_ID)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_row_says_what_it_is_about(case: Case) -> None:
    assert case.title
    assert case.threat == "" or (case.threat[0] == "T" and case.threat[1:].isdecimal())
