"""The cases themselves: as expected of a good gate, not applicable with a reason, WRONG of a bad one."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from typing import Any

import pytest

from strategies import messages
from strategies.conformance import CASES, Case, Outcome, judge
from strategies.conformance.inprocess import InProcess
from strategies.conformance.probe import Probe
from strategies.refusal import Reason
from strategies.wire import App, Event
from tests.strategies.conformance.stage import (
    ACCEPT,
    KNOWN,
    LISTEN,
    closes,
    contender,
    denies,
    guarded,
    medium,
    plays,
    ready,
    says,
    text,
)
from tests.strategies.toys import STRATEGIES

BY_ID = {case.id: case for case in CASES}


@pytest.mark.parametrize("denies_with_status", [True, False], ids=["status", "403"])
@pytest.mark.parametrize("refuse", ["handshake", "close"])
@pytest.mark.parametrize("name", STRATEGIES)
async def test_a_good_gate_does_what_every_case_expects(name: str, refuse: str, denies_with_status: bool) -> None:
    async def judged(case: Case) -> tuple[str, Outcome, str]:
        one = contender(name, refuse=refuse, deadline=0.2 if case.id == "silence" else 30)
        over = medium(lambda app: guarded(one, app), denies_with_status=denies_with_status)
        verdict = await judge(case, one, over)
        return case.id, verdict.outcome, verdict.reason

    # Silence is timed: it would wait for all the others, too.
    others = await asyncio.gather(*(judged(case) for case in CASES if case.id != "silence"))
    for id, outcome, reason in (*others, await judged(BY_ID["silence"])):
        assert outcome is not Outcome.WRONG, (id, reason)
        assert bool(reason) is (outcome is Outcome.NOT_APPLICABLE), id


def test_ids_name_one_case_each_and_can_be_typed() -> None:
    assert [id for id, count in Counter(case.id for case in CASES).items() if count > 1] == []
    assert all(id == id.lower() and id.replace("-", "").isalnum() and id.isascii() for id in BY_ID)


def test_every_case_belongs_to_a_section_and_a_section_stands_together() -> None:
    groups = [case.group for case in CASES]
    runs = [group for group, _ in itertools.groupby(groups)]
    assert "" not in groups
    assert sorted(runs) == sorted(set(groups))
    assert BY_ID["silence"].group == "the first message"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_row_says_what_it_is_about(case: Case) -> None:
    assert case.title
    assert case.threat == "" or (case.threat[0] == "T" and case.threat[1:].isdecimal())


# ── what doesn't apply, and why ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("id", "name", "changed", "why"),
    [
        ("foreign-origin", "querystring", {"origins": None}, "the policy names no origins"),
        ("forwarded-host", "querystring", {"origins": None}, "the policy names no origins"),
        ("two-origins", "querystring", {"origins": None}, "the policy names no origins"),
        ("case-origin", "querystring", {"origins": None}, "the policy names no origins"),
        ("other-carrier", "querystring", {"others": ()}, "no other strategy is configured"),
        ("other-carrier", "querystring", {"others": (contender("first_message"),)}, "no other strategy is configured"),
        ("two-carriers", "querystring", {"others": (contender("cookie"),)}, "no other explicit carrier is configured"),
        ("ambient-ignored", "querystring", {"others": (contender("header"),)}, "needs an explicit carrier here"),
        ("password-changed", "querystring", {}, "nobody has a password here"),
    ],
)
async def test_what_does_not_apply_says_why(id: str, name: str, changed: dict[str, Any], why: str) -> None:
    one = contender(name, **changed)
    verdict = await judge(BY_ID[id], one, medium(lambda app: guarded(one, app)))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert verdict.reason.startswith(why)


async def test_no_origin_by_a_policy_without_native_clients() -> None:
    one = contender("querystring", native_clients=False)
    verdict = await judge(BY_ID["no-origin"], one, medium(lambda app: guarded(one, app)))
    assert verdict.outcome is Outcome.EXPECTED


async def test_a_silent_policy_announces_nothing() -> None:
    one = contender("first_message", announce=False)
    verdict = await judge(BY_ID["announced"], one, medium(lambda app: guarded(one, app)))
    assert verdict.outcome is Outcome.EXPECTED


# ── what is wrong ────────────────────────────────────────────────────────────────────────────────


def welcomes(*script: Event) -> App:
    """Lets in whoever has been handed out last, by name, after these events."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await plays(ACCEPT, *script, ready(list(KNOWN.good.values())[-1]))(scope, receive, send)

    return app


REQUIRED = text(type="auth.required", v=1, timeout=0.1, max_bytes=8192)
OK = {"type": "websocket.send", "text": messages.ok(None)}
STRANGER = {"documented": False}
CLOSING = {"refuse": "close"}
WRONG: list[tuple[str, str, dict[str, Any], App, str]] = [
    ("each-their-own", "querystring", STRANGER, plays(ACCEPT, ready("eve")), "got in as 'eve', expected 'user-"),
    ("never-called", "querystring", STRANGER, plays(ACCEPT, LISTEN, closes(1000)), "the application ran"),
    ("early-frame", "querystring", STRANGER, plays(ACCEPT, LISTEN, closes(4401)), "the application received a frame"),
    ("auth-and-command", "first_message", STRANGER, plays(ACCEPT, LISTEN, LISTEN, closes(4401)),
     "the application received the command"),
    ("announced", "first_message", STRANGER, welcomes(), "announced [], expected ['auth.required', 'auth.ok']"),
    ("announced", "first_message", STRANGER, welcomes(OK, REQUIRED), "announced ['auth.ok', 'auth.required']"),
    ("announced", "first_message", STRANGER, welcomes(text(type="auth.required"), OK), "auth.required does not tell"),
    ("announced", "first_message", STRANGER, welcomes(REQUIRED, text(type="auth.ok")), "auth.ok lacks its fields"),
    ("protocol-named", "subprotocol", {}, plays(ACCEPT), "the answer does not name the application protocol"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("id", "name", "changed", "app", "wrong"), WRONG, ids=[f"{row[0]}: {row[4][:40]}" for row in WRONG]
)
async def test_what_is_wrong_says_why(id: str, name: str, changed: dict[str, Any], app: App, wrong: str) -> None:
    probe = Probe()
    verdict = await judge(BY_ID[id], contender(name, **changed), InProcess(probe.wrap(app), probe))
    assert verdict.outcome is Outcome.WRONG
    assert verdict.reason.startswith(wrong)


async def test_a_deadline_that_is_not_kept() -> None:
    one = contender("first_message", refuse="close", deadline=1.5)
    app = plays(ACCEPT, says(Reason.TIMEOUT), closes(4408))
    verdict = await judge(BY_ID["silence"], one, InProcess(app, Probe()))
    assert verdict.reason == "closed after 0.0 s, expected 1.5 ± 0.5 s"


@pytest.mark.parametrize(("status", "outcome"), [(0, Outcome.EXPECTED), (406, Outcome.WRONG)])
async def test_a_strict_client_ends_a_handshake_that_names_no_protocol(status: int, outcome: Outcome) -> None:
    """It sees no answer at all then, which is status 0."""
    verdict = await judge(
        BY_ID["no-app-protocol"], contender("subprotocol", **CLOSING), InProcess(plays(*denies(status)), Probe())
    )
    assert verdict.outcome is outcome
