"""The cases about credentials that are good once, or at one place: what a copy of one is worth to somebody else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ..backend import NotApplicable, Place, SampleKind
from ..refusal import Reason
from .attempt import DEFAULT_ORIGIN, Attempt, Wrong
from .cases import case, section
from .contender import Sample

AT_ONCE = 50
ELSEWHERE = "https://elsewhere.example"


section("credentials that are good once, or at one place")


@case("used-twice", "a one-time credential presented again after it has let somebody in", "T27")
async def _used_twice(attempt: Attempt) -> None:
    _needs_one_time(attempt)
    sample = await attempt.sample()
    await (await attempt.present(sample.token)).expect_identity(sample.username)
    await (await attempt.present(sample.token)).expect_refusal(Reason.INVALID, Reason.REVOKED)


@case("used-at-once", "a one-time credential presented fifty times at once: exactly one gets in", "T27")
async def _used_at_once(attempt: Attempt) -> None:
    _needs_one_time(attempt)
    sample = await attempt.sample()

    async def is_let_in() -> bool:
        call = await attempt.present(sample.token)
        return await call.expect_identity_or_refusal(sample.username, Reason.INVALID, Reason.REVOKED)

    found = await asyncio.gather(*(is_let_in() for _ in range(AT_ONCE)), return_exceptions=True)
    for wrong in found:
        if isinstance(wrong, BaseException):
            raise wrong
    if found.count(True) != 1:
        raise Wrong(f"{found.count(True)} of {AT_ONCE} got in, expected exactly one")


@case("used-late", "a one-time credential past its life, tried twice", "T27")
async def _used_late(attempt: Attempt) -> None:
    _needs_one_time(attempt)
    sample = await attempt.sample(SampleKind.EXPIRED)
    for _ in range(2):
        await (await attempt.present(sample.token)).expect_refusal(Reason.EXPIRED, Reason.INVALID, Reason.REVOKED)


@case("bound", "a credential made for this route and this page gets in")
async def _bound(attempt: Attempt) -> None:
    sample = await _made_for(attempt)(_here(attempt))
    await (await attempt.present(sample.token)).expect_identity(sample.username)


@case("other-route", "a credential made for another route", "T27")
async def _other_route(attempt: Attempt) -> None:
    path = attempt.contender.path
    for other in (f"{path}more/", path.rstrip("/"), path.upper(), "/"):
        sample = await _made_for(attempt)(Place(other, attempt.contender.origin))
        await (await attempt.present(sample.token)).expect_refusal(Reason.INVALID)


@case("other-origin", "a credential made for another page, or for no page", "T27")
async def _other_origin(attempt: Attempt) -> None:
    make = _made_for(attempt)
    for origin in {ELSEWHERE, None} - {attempt.contender.origin}:
        sample = await make(Place(attempt.contender.path, origin))
        await (await attempt.present(sample.token)).expect_refusal(Reason.INVALID)


@case("used-elsewhere", "a one-time credential that was tried at the wrong place is used up", "T27")
async def _used_elsewhere(attempt: Attempt) -> None:
    _needs_one_time(attempt)
    contender = attempt.contender
    if contender.origin is None or not contender.policy.native_clients:
        raise NotApplicable("needs a client without an Origin beside a page that has one")
    sample = await _made_for(attempt)(_here(attempt))
    for origin in (None, DEFAULT_ORIGIN):
        call = await attempt.present(sample.token, origin=origin)
        await call.expect_refusal(Reason.INVALID, Reason.REVOKED)


# ── the words above ──────────────────────────────────────────────────────────────────────────────


def _needs_one_time(attempt: Attempt) -> None:
    if not attempt.contender.one_time:
        raise NotApplicable("a credential may be used again")


def _made_for(attempt: Attempt) -> Callable[[Place], Awaitable[Sample]]:
    if attempt.contender.sample_at is None:
        raise NotApplicable("credentials are good at any place")
    return attempt.contender.sample_at


def _here(attempt: Attempt) -> Place:
    return Place(attempt.contender.path, attempt.contender.origin)
