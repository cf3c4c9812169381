"""The cases about one-time credentials: as expected of a backend that keeps its word, WRONG of one that doesn't."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import replace
from typing import Any

import pytest

from strategies.backend import Backend, Identity, Place, SampleKind
from strategies.conformance import CASES, Contender, Outcome, Verdict, judge
from strategies.conformance.contender import Sample
from strategies.refusal import Reason, Refused
from tests.strategies.conformance.stage import contender, guarded, medium
from tests.strategies.toys import STRATEGIES, User

BY_ID = {case.id: case for case in CASES}
ONE_TIME = ("used-twice", "used-at-once", "used-late", "used-elsewhere")
BOUND = ("bound", "other-route", "other-origin", "used-elsewhere")
ANYWHERE = Place("anywhere")


class Once(Backend):
    """Lets in what it has handed out: once, where it belongs. It `forgets` some of that."""

    def __init__(self, forgets: str = "") -> None:
        self._numbers = itertools.count(1)
        self._forgets = forgets
        self._waiting: dict[str, tuple[str, Place]] = {}
        self._late: set[str] = set()

    async def verify(self, token: str) -> Identity:
        raise NotImplementedError

    async def verify_at(self, token: str, place: Place) -> Identity:
        if token in self._late and self._forgets != "age":
            raise Refused(Reason.EXPIRED)
        username, made_for = self._waiting.get(token, ("", ANYWHERE))
        fits = made_for in (ANYWHERE, place) or self._forgets == "place"
        if self._forgets != "use" and (fits or self._forgets != "misuse"):
            self._waiting.pop(token, None)
        if not username or not fits:
            raise Refused(Reason.INVALID)
        return Identity(User(username))

    async def issue(self, user: Any) -> str:
        raise NotImplementedError

    async def sample_of(self, kind: SampleKind) -> Sample:
        made = await self.sample_at(ANYWHERE)
        if kind is SampleKind.EXPIRED:
            self._late.add(made.token)
        return made

    async def sample_at(self, place: Place) -> Sample:
        made = Sample(f"ticket-{secrets.token_hex(16)}", f"user-{next(self._numbers)}")
        self._waiting[made.token] = made.username, place
        return made


async def verdict(id: str, backend: Once, name: str = "querystring", **changed: Any) -> Verdict:
    one: Contender = contender(
        name,
        **{"sample": backend.sample_of, "one_time": True, "sample_at": backend.sample_at, "deadline": 30, **changed},
    )
    return await judge(BY_ID[id], one, medium(lambda app: replace(guarded(one, app), backend=backend)))


@pytest.mark.parametrize("refuse", ["handshake", "close"])
@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "cookie"])
@pytest.mark.parametrize("id", sorted({*ONE_TIME, *BOUND}))
async def test_who_keeps_the_word_does_what_every_case_expects(id: str, name: str, refuse: str) -> None:
    assert await verdict(id, Once(), name, refuse=refuse) == Verdict(Outcome.EXPECTED)


@pytest.mark.parametrize(
    ("id", "forgets", "wrong"),
    [
        ("used-twice", "use", "got in as 'user-1', expected to be refused"),
        ("used-at-once", "use", "50 of 50 got in, expected exactly one"),
        ("used-late", "age", "got in as 'user-1', expected to be refused"),
        ("used-elsewhere", "misuse", "got in as 'user-1', expected to be refused"),
        ("other-route", "place", "got in as 'user-1', expected to be refused"),
        ("other-origin", "place", "got in as 'user-1', expected to be refused"),
    ],
)
async def test_what_is_wrong_says_why(id: str, forgets: str, wrong: str) -> None:
    assert await verdict(id, Once(forgets)) == Verdict(Outcome.WRONG, wrong)


async def test_nobody_at_all_is_wrong_too() -> None:
    async def unknown(kind: SampleKind) -> Sample:
        return Sample("nobodys", "user-1")

    assert (await verdict("used-at-once", Once(), sample=unknown)).reason == "0 of 50 got in, expected exactly one"


async def test_another_refusal_than_a_documented_one_is_wrong() -> None:
    class Failing(Once):
        async def verify_at(self, token: str, place: Place) -> Identity:
            raise RuntimeError

    found = await verdict("used-at-once", Failing())
    assert (found.outcome, found.reason) == (Outcome.WRONG, "HTTP 503, expected 401")


@pytest.mark.parametrize("id", ONE_TIME)
async def test_a_credential_that_may_be_used_again(id: str) -> None:
    found = await verdict(id, Once(), one_time=False)
    assert found == Verdict(Outcome.NOT_APPLICABLE, "a credential may be used again")


@pytest.mark.parametrize("id", BOUND)
async def test_a_credential_that_is_good_anywhere(id: str) -> None:
    found = await verdict(id, Once(), sample_at=None)
    assert found == Verdict(Outcome.NOT_APPLICABLE, "credentials are good at any place")


@pytest.mark.parametrize("rules", [{"origins": None}, {"native_clients": False}], ids=str)
async def test_a_policy_that_leaves_no_wrong_place(rules: dict[str, Any]) -> None:
    found = await verdict("used-elsewhere", Once(), **rules)
    assert found.reason == "needs a client without an Origin beside a page that has one"
