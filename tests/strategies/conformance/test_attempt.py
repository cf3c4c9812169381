"""The words of a case: what each expectation takes for right, and what it calls wrong, in which words."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given

from strategies import messages
from strategies.backend import SampleKind
from strategies.conformance.attempt import Attempt, Call, Wrong, encodings, opening_of
from strategies.conformance.contender import Contender
from strategies.conformance.inprocess import InProcess
from strategies.conformance.probe import Probe
from strategies.flow import Accept, ClientFlow, Open, Receive, Send
from strategies.refusal import Reason
from strategies.wire import App, Event
from tests.strategies.conformance.stage import (
    ACCEPT,
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
from tests.strategies.hostile import TOKENS
from tests.strategies.toys import NOTHING, ORIGIN, TOKEN

Expect = Callable[[Call], Awaitable[Any]]


def watched(app: App, *, denies_with_status: bool = True) -> InProcess:
    """An application that the probe sees running, refusals or not."""
    probe = Probe()
    return InProcess(probe.wrap(app), probe, denies_with_status=denies_with_status)


def unwatched(app: App, *, denies_with_status: bool = True) -> InProcess:
    """One that refuses by itself: nothing runs behind it."""
    return InProcess(app, Probe(), denies_with_status=denies_with_status)


async def judged(over: InProcess, expect: Expect, *, opening: Open = NOTHING, **promises: Any) -> str:
    """What an expectation says is wrong; nothing when all is right."""
    attempt = Attempt(contender("querystring", **promises), over)
    call = await attempt.dial(opening, secret=TOKEN)
    try:
        await expect(call)
    except Wrong as wrong:
        return str(wrong)
    finally:
        await attempt.close()
    return ""


IN_QUERY = Open(query=(("x", TOKEN),))
INVALID = messages.error(Reason.INVALID).encode()
CLOSING = {"refuse": "close"}
STRANGER = {"documented": False}


# ── identities ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("script", "wrong"),
    [
        ([ACCEPT, ready()], ""),
        ([ACCEPT, text(type="auth.required"), text(type="challenge"), text(type="auth.ok"), ready()], ""),
        ([closes(4401)], "refused (HTTP 403), expected to get in"),
        ([*denies(401)], "refused (HTTP 401), expected to get in"),
        ([ACCEPT, closes(4401)], "refused (closed with 4401), expected to get in"),
        ([ACCEPT, says(Reason.INVALID), closes(4401)], "refused (closed with 4401), expected to get in"),
        ([ACCEPT, ready("eve")], "got in as 'eve', expected 'ada'"),
        ([ACCEPT, ready(""), closes(1000)], "got in as '', expected 'ada'"),
        ([{**ACCEPT, "headers": [(b"x", TOKEN.encode())]}, ready()], "the credential is left in the answer (as it is)"),
        ([{**ACCEPT, "subprotocol": TOKEN[::-1]}, ready()], "the credential is left in the answer (reversed)"),
        ([ACCEPT, text(type="ready", user="ada", token=TOKEN)], "the credential is left in the answer (as it is)"),
        ([ACCEPT, {"type": "websocket.send", "bytes": TOKEN.encode()}, ready()],
         "the credential is left in the answer (as it is)"),
    ],
)  # fmt: skip
async def test_expect_identity(script: list[Event], wrong: str) -> None:
    assert await judged(watched(plays(*script)), lambda call: call.expect_identity("ada")) == wrong


async def test_expect_identity_returns_what_the_application_said() -> None:
    attempt = Attempt(contender("querystring"), watched(plays(ACCEPT, text(type="ready", user="ada", strategy="x"))))
    call = await attempt.dial(Open())
    assert await call.expect_identity("ada") == {"type": "ready", "user": "ada", "strategy": "x"}
    await attempt.close()


async def test_the_application_must_have_run_once() -> None:
    said = await judged(unwatched(plays(ACCEPT, ready())), lambda call: call.expect_identity("ada"))
    assert said == "the application ran 0 times, expected once"


@pytest.mark.parametrize(
    ("opening", "promises", "wrong"),
    [
        (IN_QUERY, {}, "the credential is left in the application's scope (as it is)"),
        (Open(query=(("x", quote(TOKEN[::-1])),)), {}, "the credential is left in the application's scope (reversed)"),
        (Open(headers=((b"x", base64.b64encode(TOKEN.encode())),)), {},
         "the credential is left in the application's scope (base64)"),
        (IN_QUERY, STRANGER, ""),  # strangers are asked by the case of its own only
    ],
)  # fmt: skip
async def test_nothing_may_be_left_in_the_scope(opening: Open, promises: dict[str, Any], wrong: str) -> None:
    over = watched(plays(ACCEPT, ready()))
    assert await judged(over, lambda call: call.expect_identity("ada"), opening=opening, **promises) == wrong


@pytest.mark.parametrize(
    ("over", "opening", "wrong"),
    [
        (watched, Open(), ""),
        (watched, IN_QUERY, "the credential is left in the application's scope (as it is)"),
        (unwatched, IN_QUERY, "the probe saw no scope"),
    ],
)
async def test_expect_nothing_left(over: Callable[[App], InProcess], opening: Open, wrong: str) -> None:
    said = await judged(over(plays(ACCEPT)), lambda call: call.expect_nothing_left(), opening=opening, **STRANGER)
    assert said == wrong


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────

UNAUTHORIZED = denies(401, INVALID, www_authenticate="Bearer")


@pytest.mark.parametrize(
    ("promises", "script", "wrong"),
    [
        ({}, [*UNAUTHORIZED], ""),
        ({}, [*denies(401, INVALID, WWW_Authenticate="Bearer")], ""),
        ({}, [*denies(401, INVALID)], "HTTP 401 without WWW-Authenticate"),
        ({}, [*denies(403, INVALID)], "HTTP 403, expected 401"),
        ({}, [*denies(500)], "HTTP 500, expected 401"),
        ({}, [*denies(400)], "HTTP 400, expected 401"),
        ({}, [*denies(401, b"no", www_authenticate="x")], "refused without an auth.error of invalid_credential"),
        ({}, [*denies(401, messages.error(Reason.EXPIRED).encode(), www_authenticate="x")],
         "refused without an auth.error of invalid_credential"),
        ({}, [*denies(401, INVALID, www_authenticate=TOKEN)], "the credential is left in the answer (as it is)"),
        ({}, [*denies(401, TOKEN.encode())], "the credential is left in the answer (as it is)"),
        ({}, [closes(4401)], "HTTP 403, expected 401"),
        ({}, [ACCEPT, says(Reason.INVALID), closes(4401)],
         "accepted, then closed: expected a refusal before the upgrade"),
        ({}, [ACCEPT, ready()], "got in as 'ada', expected to be refused"),
        ({}, [ACCEPT, ready("")], "got in as '', expected to be refused"),
        (CLOSING, [ACCEPT, says(Reason.INVALID), closes(4401)], ""),
        (CLOSING, [ACCEPT, text(type="auth.required"), says(Reason.INVALID), closes(4401)], ""),
        (CLOSING, [ACCEPT, closes(4401)], "refused without an auth.error of invalid_credential"),
        (CLOSING, [ACCEPT, says(Reason.EXPIRED), closes(4401)], "refused without an auth.error of invalid_credential"),
        (CLOSING, [ACCEPT, says(Reason.INVALID), closes(4419)], "ended with 4419, expected 4401"),
        (CLOSING, [ACCEPT, says(Reason.INVALID), closes(4401, TOKEN)],
         "the credential is left in the answer (as it is)"),
        (CLOSING, [closes(4401)], "refused before the upgrade (403), expected accept and close"),
        (CLOSING, [*UNAUTHORIZED], "refused before the upgrade (401), expected accept and close"),
        (STRANGER, [closes(4401)], ""),
        (STRANGER, [*denies(500)], ""),
        (STRANGER, [ACCEPT, closes(1000)], ""),
        (STRANGER, [ACCEPT, ready("")], ""),
        (STRANGER, [ACCEPT, ready("eve")], "got in as 'eve', expected to be refused"),
        (STRANGER, [ACCEPT, closes(4401, TOKEN)], "the credential is left in the answer (as it is)"),
    ],
)  # fmt: skip
async def test_expect_refusal(promises: dict[str, Any], script: list[Event], wrong: str) -> None:
    said = await judged(unwatched(plays(*script)), lambda call: call.expect_refusal(Reason.INVALID), **promises)
    assert said == wrong


@pytest.mark.parametrize(("status", "or_400", "wrong"), [(400, True, ""), (400, False, "HTTP 400, expected 401")])
async def test_a_malformed_request_may_end_at_the_server(status: int, or_400: bool, wrong: str) -> None:
    over = unwatched(plays(*denies(status)))
    assert await judged(over, lambda call: call.expect_refusal(Reason.INVALID, or_400=or_400)) == wrong


@pytest.mark.parametrize(("status", "wrong"), [(403, ""), (401, "HTTP 401, expected 403")])
async def test_servers_without_the_extension_say_403(status: int, wrong: str) -> None:
    over = unwatched(plays(*denies(status)), denies_with_status=False)
    assert await judged(over, lambda call: call.expect_refusal(Reason.INVALID)) == wrong


@pytest.mark.parametrize("code", [1013, 4503])
async def test_the_stand_in_of_a_code_will_do(code: int) -> None:
    over = unwatched(plays(ACCEPT, says(Reason.UNAVAILABLE), closes(code)))
    assert await judged(over, lambda call: call.expect_refusal(Reason.UNAVAILABLE), **CLOSING) == ""


async def test_one_of_several_reasons_will_do() -> None:
    over = unwatched(plays(*denies(403, messages.error(Reason.INACTIVE).encode())))
    assert await judged(over, lambda call: call.expect_refusal(Reason.INVALID, Reason.INACTIVE)) == ""


async def test_a_refusal_behind_which_the_application_ran() -> None:
    over = watched(plays(*UNAUTHORIZED))
    said = await judged(over, lambda call: call.expect_refusal(Reason.INVALID))
    assert said == "refused, but the application ran"


# ── ends ─────────────────────────────────────────────────────────────────────────────────────────

ENDED = [says(Reason.SECOND_AUTH), closes(4409)]


@pytest.mark.parametrize(
    ("script", "wrong"),
    [
        ([ACCEPT, ready(), *ENDED], ""),
        ([ACCEPT, ready(), {"type": "websocket.send", "bytes": b"\xff"}, *ENDED], ""),
        ([ACCEPT, ready(), says(Reason.SECOND_AUTH), closes(1000)], "ended with 1000, expected 4409"),
        ([ACCEPT, ready(), closes(4409)], "refused without an auth.error of already_authenticated"),
    ],
)
async def test_expect_end(script: list[Event], wrong: str) -> None:
    async def expect(call: Call) -> None:
        await call.expect_identity("ada")
        await call.expect_end(Reason.SECOND_AUTH)

    assert await judged(watched(plays(*script)), expect) == wrong


@pytest.mark.parametrize(
    ("script", "wrong"),
    [
        ([ACCEPT, ready(), *ENDED], ""),
        ([ACCEPT, *ENDED], ""),
        ([ACCEPT, says(Reason.SECOND_AUTH), closes(1000)], "ended with 1000, expected 4409"),
        ([ACCEPT, ready("eve"), *ENDED], "got in as 'eve'"),
    ],
)
async def test_expect_refusal_or_end(script: list[Event], wrong: str) -> None:
    over = watched(plays(*script))
    said = await judged(over, lambda call: call.expect_refusal_or_end("ada", Reason.SECOND_AUTH), **CLOSING)
    assert said == wrong


async def test_who_was_taken_back_before_a_word_of_the_application_was_let_in_and_ended() -> None:
    over = watched(plays(ACCEPT, says(Reason.WITHDRAWN), closes(4410)))
    said = await judged(over, lambda call: call.expect_refusal_or_end("ada", Reason.WITHDRAWN), **CLOSING)
    assert said == ""


async def test_a_stranger_may_refuse_in_any_way() -> None:
    over = watched(plays(ACCEPT, closes(1000)))
    said = await judged(over, lambda call: call.expect_refusal_or_end("ada", Reason.WITHDRAWN), documented=False)
    assert said == ""


@pytest.mark.parametrize(
    ("script", "wrong"),
    [
        ([ACCEPT, LISTEN, closes(1000)], "no echo from the application (closed with 1000)"),
        ([ACCEPT, LISTEN, text(type="echo", data="another")], "no echo from the application (open)"),
    ],
)
async def test_expect_echo(script: list[Event], wrong: str) -> None:
    assert await judged(unwatched(plays(*script)), lambda call: call.expect_echo()) == wrong


# ── conversing ───────────────────────────────────────────────────────────────────────────────────


def talkative(token: str) -> ClientFlow:
    yield Open()
    question = yield Receive()
    yield Send(f"{question}, {token}")


def eager(token: str) -> ClientFlow:
    yield Open()
    yield Open()


def accepting(token: str) -> Any:
    yield Accept()


def of(client: Callable[[str], ClientFlow]) -> Contender:
    return contender("first_message", client=client)


async def test_a_client_half_answers_what_it_is_asked() -> None:
    heard: list[Event] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        for event in (ACCEPT, text(type="auth.required"), {"type": "websocket.send", "text": "who is there?"}):
            await send(event)
        heard.append(await receive())

    attempt = Attempt(of(talkative), unwatched(app))
    await (await attempt.present("ada")).line.receive()
    await attempt.close()
    assert heard == [{"type": "websocket.receive", "text": "who is there?, ada"}]


async def test_a_client_half_that_is_not_asked_any_more_stops() -> None:
    attempt = Attempt(of(talkative), unwatched(plays(ACCEPT, closes(4401))))
    call = await attempt.present("ada")
    assert call.ended is not None
    assert call.ended.code == 4401
    with pytest.raises(Wrong, match="closed with 4401"):  # the end stays the end
        await call.expect_identity("ada")
    await attempt.close()


def confused(token: str) -> Any:
    yield Open()
    yield token


@pytest.mark.parametrize("client", [eager, confused])
async def test_a_client_half_opens_once_first(client: Any) -> None:
    attempt = Attempt(of(client), unwatched(plays(ACCEPT)))
    with pytest.raises(TypeError, match="a client half opens once, first"):
        await attempt.present("ada")
    await attempt.close()
    with pytest.raises(TypeError, match="a client half opens first; it began with Accept"):
        opening_of(accepting("ada"))


@pytest.mark.parametrize(("origin", "sent"), [({}, ORIGIN), ({"origin": None}, None), ({"origin": "null"}, "null")])
async def test_whose_page_it_is(origin: dict[str, Any], sent: str | None) -> None:
    one = contender("querystring")
    attempt = Attempt(one, medium(lambda app: guarded(one, app)))
    call = await attempt.present((await attempt.sample()).token, **origin)
    assert call.request.origin == sent
    await attempt.close()


async def test_a_sample_is_the_contenders() -> None:
    attempt = Attempt(contender("querystring"), unwatched(plays()))
    one, other = await attempt.sample(), await attempt.sample(SampleKind.EXPIRED)
    assert one.token != other.token
    assert TOKEN not in repr(one)


# ── spellings ────────────────────────────────────────────────────────────────────────────────────


@given(TOKENS)
def test_every_spelling_is_looked_for(token: str) -> None:
    found = encodings(token)
    assert all(len(spelling) >= 8 for spelling in found.values())
    assert ("as it is" in found) is (len(token) >= 8)
    if len(token) >= 8:
        assert set(found) >= {
            "percent-encoded",
            "form-encoded",
            "base64",
            "base64url",
            "hexadecimal",
            "JSON",
            "reversed",
        }


def test_a_signature_is_looked_for_by_itself() -> None:
    signature = "s" * 43
    assert encodings(f"header.claims.{signature}")["its signature"] == signature
    assert "its signature" not in encodings("a.b.c")
    assert "its signature" not in encodings("a" * 40)


def test_what_is_too_short_to_be_found_is_not_looked_for() -> None:
    assert encodings("abc") == {}
    assert encodings("\ud800" * 8)["hexadecimal"] == "eda080" * 8
