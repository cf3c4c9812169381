"""The cases about open connections: not applicable with a reason, WRONG in these words. The matrix lets them pass."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any

import pytest

from strategies import messages
from strategies.backend import SampleKind
from strategies.conformance import CASES, Change, Outcome, Verdict, judge
from strategies.conformance.contender import Sample
from strategies.conformance.inprocess import InProcess
from strategies.conformance.probe import Probe
from strategies.flow import ClientFlow, Open, Receive, Send
from strategies.refusal import Reason
from strategies.wire import App, Event
from tests.strategies.conformance.stage import ACCEPT, LISTEN, closes, contender, plays, ready, says, text

BY_ID = {case.id: case for case in CASES}
LIVE = [case.id for case in CASES if case.group == "after the gate"]
REFRESHES = [id for id in LIVE if id.startswith("refresh")]
NEEDS_A_GOOD_ONE = [id for id in REFRESHES if id not in ("refresh-bad", "refresh-bare")]
STRANGER = {"documented": False}
ON_TIME = 2.2
"""Seconds in which the toy's credentials end."""


async def handed_out(kind: SampleKind) -> Sample:
    return Sample("sample", "ada", time.time() + ON_TIME if kind is SampleKind.EXPIRING else None)


async def again(kind: SampleKind, earlier: Sample) -> Sample:
    return await handed_out(kind)


async def nothing(change: Change, sample: Sample) -> None:
    """It happens, and nobody has to do anything for it."""


async def verdict(id: str, app: App, name: str = "header", **changed: Any) -> Verdict:
    made: dict[str, Any] = {"sample": handed_out, "resample": again, "change": nothing, "notices_within": 0.2}
    rules = {"expiry_grace": 0.0, "recheck": 0.1, "refreshes_per_minute": 1}
    probe = Probe()
    one = contender(name, **{**made, **rules, **changed})
    return await judge(BY_ID[id], one, InProcess(probe.wrap(app), probe))


def silent(*script: Event) -> App:
    """Lets in, does this, and then says nothing."""
    return plays(ACCEPT, ready(), *script)


# ── what doesn't apply, and why ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ids", "changed", "why"),
    [
        (["max-age"], {}, "the policy limits no age"),
        (["max-age"], {"max_age": 3600}, "the policy limits no age, or one that is too long"),
        (["expires-live"], {"expiry_grace": 25}, "the policy's grace is too long to wait for"),
        (["behind-the-orm-live"], {"recheck": None}, "the policy asks again for nobody, or too rarely"),
        (["behind-the-orm-live"], {"recheck": 60}, "the policy asks again for nobody, or too rarely"),
        (["revoked-by-hand-live"], STRANGER, "revoke() is wsauth's own"),
        ([*REFRESHES, "reserved-type"], STRANGER, "auth.refresh is a message of wsauth's own protocol"),
        ([*REFRESHES, "reserved-type"], {"refreshes_per_minute": 0}, "the policy takes no refreshes"),
        (["refresh-flood"], {"refreshes_per_minute": 61}, "the policy takes more than 60 refreshes a minute"),
        (["deactivated-live"], {"change": None}, "nothing is declared that happens to a credential"),
        (["refresh-older"], {"resample": None}, "nothing is declared that makes a user another credential"),
    ],
)
async def test_what_does_not_apply_says_why(ids: list[str], changed: dict[str, Any], why: str) -> None:
    for id in ids:
        if id != "refresh-first":  # judged before anybody is let in
            found = await verdict(id, silent(), **changed)
            assert (id, found.outcome) == (id, Outcome.NOT_APPLICABLE)
            assert found.reason.startswith(why)


@pytest.mark.parametrize("id", NEEDS_A_GOOD_ONE)
async def test_an_answer_to_a_challenge_is_no_fresh_credential(id: str) -> None:
    def challenged(token: str) -> ClientFlow:
        yield Open()
        yield Send((yield Receive()))

    found = await verdict(id, silent(), client=challenged)
    assert found.reason == "a credential is the answer to a challenge, which a refresh is not given"


# ── what is wrong ────────────────────────────────────────────────────────────────────────────────

REVOKED = {"type": "websocket.send", "text": messages.refusal(Reason.WITHDRAWN)}
OK = {"type": "websocket.send", "text": messages.ok(300)}
SHORT = {"type": "websocket.send", "text": messages.ok(1)}
HAPPENS = [id for id in LIVE if id.endswith("-live") and id != "expires-live"]


@pytest.mark.parametrize("id", [*HAPPENS, "deactivated-meanwhile"])
async def test_whoever_notices_nothing_is_still_open(id: str) -> None:
    found = await verdict(id, silent())
    assert (found.outcome, found.reason[:10]) == (Outcome.WRONG, "still open")
    if id != "revoked-by-hand-live":
        found = await verdict(id, silent(), **STRANGER)
        assert found == Verdict(Outcome.WRONG, "still open after 0.2 s")


@pytest.mark.parametrize(
    ("id", "app", "changed", "wrong"),
    [
        ("expires-live", silent(), {}, "still open after 2."),
        ("expires-live", silent(), STRANGER, "still open after 2."),
        ("expires-live", silent(says(Reason.EXPIRED), closes(4419)), {}, "ended 2."),
        ("expires-live", silent(closes(1000)), STRANGER, "ended 2."),
        ("taken-back-live", silent(LISTEN, closes(4410)), {}, "refused without an auth.error of revoked"),
        ("taken-back-live", silent(LISTEN, REVOKED, text(type="echo"), closes(4410)), {}, "refused without"),
        ("taken-back-live", silent(LISTEN, REVOKED, closes(1000)), {}, "ended with 1000, expected 4410"),
        ("refreshed", silent(LISTEN, closes(1000)), {}, "closed with 1000, expected auth.ok"),
        ("refresh-older", silent(LISTEN, SHORT), {}, "the connection's end came nearer: 1 s"),
        ("deactivated-meanwhile", plays(ACCEPT, ready("eve")), {}, "got in as 'eve'"),
    ],
)  # fmt: skip
async def test_what_is_wrong_says_why(id: str, app: App, changed: dict[str, Any], wrong: str) -> None:
    found = await verdict(id, app, **changed)
    assert (found.outcome, found.reason[: len(wrong)]) == (Outcome.WRONG, wrong)


async def test_who_shows_the_application_a_refresh() -> None:
    async def shown(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        for event in (ACCEPT, ready()):
            await send(event)
        await receive()
        await send(OK)
        while (event := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": event["text"]})

    found = await verdict("refreshed", shown)
    assert found == Verdict(Outcome.WRONG, "the application noticed the refresh")


async def test_a_sample_that_ends_tells_when() -> None:
    async def silent_about_it(kind: SampleKind) -> Sample:
        return Sample("sample", "ada")

    with pytest.raises(TypeError, match="tells its expires_at"):
        await verdict("expires-live", silent(), sample=silent_about_it)


async def test_a_sample_that_took_too_long_is_made_again() -> None:
    made: list[SampleKind] = []

    async def late(kind: SampleKind) -> Sample:
        made.append(kind)
        return Sample("sample", "ada", time.time() + (0.1 if len(made) == 1 else ON_TIME))

    await verdict("expires-live", silent(), sample=late)
    assert made == [SampleKind.EXPIRING] * 2


async def test_a_stranger_may_end_it_without_a_word() -> None:
    async def soon(kind: SampleKind) -> Sample:
        return Sample("sample", "ada", time.time() + ON_TIME)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for step in (ACCEPT, ready()):
            await send(step)
        ends = asyncio.get_running_loop().time() + ON_TIME
        while (left := ends - asyncio.get_running_loop().time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await receive()
        await send(closes(1000))

    assert (await verdict("expires-live", app, sample=soon, **STRANGER)).outcome is Outcome.EXPECTED
