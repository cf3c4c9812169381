"""The cases about what becomes of an open connection: what keeps it, and what ends it.

Rule: whoever is not ended in time is WRONG, however politely it was let in. What wsauth alone promises, its
messages and its codes, is asked of documented contenders only.
"""

from __future__ import annotations

import asyncio
import time
from itertools import cycle, islice

from .. import messages
from ..backend import NotApplicable, SampleKind
from ..flow import Receive
from ..refusal import Reason
from .attempt import Attempt, Call, Wrong, opening_of
from .cases import case, section
from .change import Change
from .contender import Sample

EARLY = 1.0
"""Seconds by which a connection may end before its time."""
FRESH = 2.0
"""Seconds that a credential of the kind EXPIRING has left when it is presented."""
LIFE = 6.0
"""Seconds that a case lasts in which a credential of the kind EXPIRING ends."""
LONGEST = 10.0
"""Seconds for which a case waits for what a policy does from time to time."""
MANY = 60
"""Refreshes a minute that are still sent, to see that one more is refused."""
POLL = 2.0
"""Seconds in which whoever is due for a re-check is asked for."""
PAUSES = (0.0, 0.002, 0.005, 0.01, 0.02, 0.05)
"""Seconds from the beginning of an attempt to what happens meanwhile."""

section("after the gate")


# ── the end of a credential ──────────────────────────────────────────────────────────────────────


@case("expires-live", "a credential that ends while connected: warned before, ended then", "T22", lasts=LIFE)
async def _expires_live(attempt: Attempt) -> None:
    sample, call = await _let_in(attempt, SampleKind.EXPIRING)
    ends_at = _ends_at(attempt, sample)
    async with call.talking():
        await _expect_end_at(call, ends_at)
    if attempt.contender.documented and attempt.contender.policy.announce:
        _was_warned(call)


@case("max-age", "a connection as old as the policy lets it become", lasts=LONGEST)
async def _max_age(attempt: Attempt) -> None:
    age = attempt.contender.policy.max_age
    if age is None or age > LONGEST:
        raise NotApplicable("the policy limits no age, or one that is too long to wait for")
    began = time.time()
    _, call = await _let_in(attempt)
    async with call.talking():
        await _expect_end_at(call, began + age)


# ── a fresh credential ───────────────────────────────────────────────────────────────────────────


@case("refreshed", "a fresh credential keeps the connection past its first end, unseen by the application", lasts=LIFE)
async def _refreshed(attempt: Attempt) -> None:
    _needs_refresh(attempt, with_a_good_one=True)
    sample, call = await _let_in(attempt, SampleKind.EXPIRING)
    await call.refresh((await attempt.another(sample)).token)
    await call.expect_notice("auth.ok")
    await call.expect_open(until=_ends_at(attempt, sample) + EARLY)
    observation = await call.observe()
    if observation.runs != 1 or any("auth." in frame for frame in observation.frames):
        raise Wrong("the application noticed the refresh")


@case("refresh-older", "a credential that ends before the present one changes nothing, and auth.ok says so", "T23")
async def _refresh_older(attempt: Attempt) -> None:
    _needs_refresh(attempt, with_a_good_one=True)
    sample = await attempt.sample()
    older = await attempt.another(sample, SampleKind.EXPIRING)
    call = await _present(attempt, sample)
    await call.refresh(older.token)
    expires_in = (await call.expect_notice("auth.ok")).get("expires_in")
    if expires_in is not None and expires_in <= _expiry(older) - time.time():
        raise Wrong(f"the connection's end came nearer: {expires_in} s")
    await call.expect_echo()


@case("refresh-other-user", "another user's credential ends it: who is there never changes", "T23")
async def _refresh_other_user(attempt: Attempt) -> None:
    _needs_refresh(attempt, with_a_good_one=True)
    _, call = await _let_in(attempt)
    await call.refresh((await attempt.sample()).token)
    await call.expect_end(Reason.OTHER_IDENTITY, within=LIFE)


@case("refresh-bad", "a fresh credential that is no good ends it", "T23")
async def _refresh_bad(attempt: Attempt) -> None:
    _needs_refresh(attempt)
    _, call = await _let_in(attempt)
    await call.refresh((await attempt.sample(SampleKind.MALFORMED)).token)
    await call.expect_end(Reason.INVALID, Reason.MALFORMED, within=LIFE)


@case("refresh-bare", "a refresh without a credential: the browser's own is read again; elsewhere it is no message")
async def _refresh_bare(attempt: Attempt) -> None:
    _needs_refresh(attempt)
    _, call = await _let_in(attempt)
    await call.refresh(None)
    if attempt.contender.traits.ambient:
        await call.expect_notice("auth.ok")
        await call.expect_echo()
    else:
        await call.expect_end(Reason.BAD_MESSAGE, within=LIFE)


@case("refresh-flood", "one refresh more than the policy takes in a minute", "T23", lasts=LIFE)
async def _refresh_flood(attempt: Attempt) -> None:
    _needs_refresh(attempt, with_a_good_one=True)
    most = attempt.contender.policy.refreshes_per_minute
    if most > MANY:
        raise NotApplicable(f"the policy takes more than {MANY} refreshes a minute")
    sample, call = await _let_in(attempt)
    different = most + 1 if attempt.contender.one_time else 1
    tokens = [(await attempt.another(sample)).token for _ in range(different)]
    await call.send(*map(messages.refresh, islice(cycle(tokens), most + 1)))
    await call.expect_end(Reason.RATE_LIMITED, within=LIFE)


@case("reserved-type", "a message of the gate's own types that no client sends", "T23")
async def _reserved_type(attempt: Attempt) -> None:
    _needs_refresh(attempt)
    _, call = await _let_in(attempt)
    await call.say(type="auth.revoked", retry="never")
    await call.expect_end(Reason.BAD_MESSAGE, within=LIFE)


# ── what happens elsewhere ───────────────────────────────────────────────────────────────────────


def _ended_by(id: str, change: Change, title: str, threat: str, *, alone: bool = True) -> None:
    """One row per thing that may happen to a user who is connected; unless `alone`, another one is there and stays."""

    async def body(attempt: Attempt) -> None:
        if change is Change.REVOKED and not attempt.contender.documented:
            raise NotApplicable("revoke() is wsauth's own")
        sample, call = await _let_in(attempt)
        others = [] if alone else [(await _let_in(attempt))[1]]
        within = _noticed_within(attempt, change)
        async with call.talking():
            await attempt.happen(change, sample)
            await call.expect_end(Reason.WITHDRAWN, within=within)
        for other in others:
            await other.expect_echo()

    case(id, title, threat, lasts=LIFE)(body)


_ended_by(
    "revoked-by-hand-live",
    Change.REVOKED,
    "revoke(user=…) while connected: that user's connection ends, another's lives on",
    "T24",
    alone=False,
)
_ended_by(
    "deactivated-live",
    Change.DEACTIVATED,
    "the user is deactivated while connected; another's connection lives on",
    "T25",
    alone=False,
)
for _id, _change, _title, _threat in (
    ("taken-back-live", Change.TAKEN_BACK, "deleted, blacklisted or logged out while connected", "T24"),
    ("deleted-user-live", Change.DELETED, "the user is deleted while connected", "T25"),
    ("behind-the-orm-live", Change.UNSEEN, "the user is deactivated by QuerySet.update(): the re-check notices", "T25"),
    ("password-changed-live", Change.PASSWORD_CHANGED, "the user gets another password while connected", "T26"),
):
    _ended_by(_id, _change, _title, _threat)


@case("deactivated-meanwhile", "a user deactivated while the credential is checked: no window", "T34", lasts=LIFE)
async def _deactivated_meanwhile(attempt: Attempt) -> None:
    await attempt.sample(SampleKind.INACTIVE_USER)  # not applicable where nobody would notice at connect
    reasons = (Reason.INACTIVE, Reason.INVALID, Reason.REVOKED, Reason.WITHDRAWN)
    within = _noticed_within(attempt, Change.DEACTIVATED)

    async def one(pause: float) -> None:
        sample = await attempt.sample()
        presented = asyncio.ensure_future(attempt.present(sample.token))
        await asyncio.sleep(pause)
        await attempt.happen(Change.DEACTIVATED, sample)
        await (await presented).expect_refusal_or_end(sample.username, *reasons, within=within)

    for wrong in await asyncio.gather(*map(one, PAUSES), return_exceptions=True):
        if wrong is not None:
            raise wrong


# ── the words above ──────────────────────────────────────────────────────────────────────────────


async def _let_in(attempt: Attempt, kind: SampleKind = SampleKind.VALID) -> tuple[Sample, Call]:
    sample = await attempt.sample(kind)
    if kind is SampleKind.EXPIRING and _expiry(sample) < time.time() + FRESH:  # a busy machine: it took too long
        sample = await attempt.sample(kind)
    return sample, await _present(attempt, sample)


async def _present(attempt: Attempt, sample: Sample) -> Call:
    call = await attempt.present(sample.token)
    await call.expect_identity(sample.username)
    return call


def _expiry(sample: Sample) -> float:
    if sample.expires_at is None:
        raise TypeError("a sample of the kind EXPIRING tells its expires_at")
    return sample.expires_at


def _ends_at(attempt: Attempt, sample: Sample) -> float:
    """When a connection that lives on this credential is ended; the grace is wsauth's own."""
    contender = attempt.contender
    grace = contender.policy.expiry_grace if contender.documented else 0.0
    if grace > LONGEST:
        raise NotApplicable("the policy's grace is too long to wait for")
    return _expiry(sample) + grace


async def _expect_end_at(call: Call, when: float) -> None:
    await call.expect_end(Reason.EXPIRED, within=when - time.time() + call.contender.notices_within)
    early = when - time.time()
    if early > EARLY:
        raise Wrong(f"ended {early:.1f} s before its time")


def _was_warned(call: Call) -> None:
    if not any(messages.is_type(text, "auth.expiring") for text in call.received):
        raise Wrong("ended without an auth.expiring before")


def _noticed_within(attempt: Attempt, change: Change) -> float:
    contender = attempt.contender
    if change is not Change.UNSEEN or not contender.documented:
        return contender.notices_within
    recheck = contender.policy.recheck
    if recheck is None or recheck > LONGEST:
        raise NotApplicable("the policy asks again for nobody, or too rarely to wait for it")
    return contender.notices_within + recheck + POLL


def _needs_refresh(attempt: Attempt, *, with_a_good_one: bool = False) -> None:
    if not attempt.contender.documented:
        raise NotApplicable("auth.refresh is a message of wsauth's own protocol")
    if not attempt.contender.policy.refreshes_per_minute:
        raise NotApplicable("the policy takes no refreshes")
    flow = attempt.contender.client("x")
    opening_of(flow)
    if with_a_good_one and isinstance(next(flow, None), Receive):
        raise NotApplicable("a credential is the answer to a challenge, which a refresh is not given")
