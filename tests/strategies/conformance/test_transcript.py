"""What a transcript tells, and what it never tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.backend import Place, SampleKind
from strategies.conformance.attempt import Attempt, encodings
from strategies.conformance.cases import CASES, Case
from strategies.conformance.contender import Contender, Sample
from strategies.conformance.judge import Outcome, judge
from strategies.conformance.medium import Answer, Ended, Request
from strategies.conformance.transcript import LONGEST, WITHHELD, Transcript
from strategies.flow import Open
from tests.strategies.conformance.stage import ALL, KNOWN, closes, contender, denies, guarded, medium, plays
from tests.strategies.hostile import MARKED, MAX_CREDENTIAL, TOKENS
from tests.strategies.toys import nothing_runs

LONG_TOKENS = TOKENS.filter(lambda token: 12 <= len(token.encode()) < MAX_CREDENTIAL)


def by_id(id: str) -> Case:
    return next(case for case in CASES if case.id == id)


async def told(id: str, name: str = "querystring", **promises: Any) -> str:
    """What the transcript of a case says, whose credentials are in no spelling of it."""
    standing, transcript = contender(name, **promises), Transcript()
    verdict = await judge(by_id(id), standing, medium(lambda app: guarded(standing, app)), transcript=transcript)
    await nothing_runs()
    assert verdict.outcome is not Outcome.WRONG, verdict.reason
    for secret in transcript.secrets:
        assert all(spelling not in transcript.text for spelling in encodings(secret).values())
    return transcript.text


async def handed_out(token: str, username: str = "ada") -> Transcript:
    """A transcript of an attempt to which this credential was given."""

    async def sample(_: SampleKind) -> Sample:
        return Sample(token, username)

    transcript = Transcript()
    await transcript.of(contender("querystring", sample=sample, others=())).sample(SampleKind.VALID)
    return transcript


def request(path: str = "/ws/", **opening: Any) -> Request:
    return Request(path, Open(**opening), None, "attempt-1")


# ── what it tells ────────────────────────────────────────────────────────────────────────────────


async def test_a_connection_from_the_request_to_its_frames() -> None:
    assert (await told("valid")).splitlines() == [
        "GET ‹route›?token=‹credential 1› HTTP/1.1",
        "Origin: https://app.example",
        "",
        "HTTP/1.1 101 Switching Protocols",
        'S→C  {"type": "ready", "user": "‹user 1›", "strategy": "querystring", "backend": "known"}',
        'C→S  {"command": "echo", "data": "‹random›"}',
        'S→C  {"type": "echo", "data": "‹random›"}',
    ]


async def test_a_refusal_by_status_has_its_headers_and_body() -> None:
    said = await told("tampered", "header")
    assert "Authorization: Bearer ‹credential 1›" in said
    assert "HTTP/1.1 401 Unauthorized" in said
    assert "WWW-Authenticate: " in said
    assert '"code":"invalid_credential"' in said


async def test_a_refusal_by_close_code_has_its_code() -> None:
    said = await told("tampered", refuse="close")
    assert said.splitlines()[-1].startswith("S→C  close 4401")
    assert '"type":"auth.error"' in said


async def test_what_is_said_on_the_socket_is_told_and_masked() -> None:
    said = await told("valid", "first_message")
    assert 'C→S  {"type":"auth","token":"‹credential 1›"}' in said
    assert '"type":"auth.required"' in said


async def test_binary_and_odd_frames_are_readable() -> None:
    assert 'C→S  (binary) {"type":"auth","token":"x"}' in await told("binary", "first_message")
    assert "… and 7,957 characters more" in await told("deep", "first_message", max_message_bytes=8_192)


async def test_two_users_are_told_apart() -> None:
    said = await told("duplicate")
    assert "token=‹credential 1›&token=‹credential 2›" in said


async def test_other_contenders_credentials_are_masked_too() -> None:
    assert "‹credential 2›" in await told("ambient-ignored")


async def test_further_and_placed_credentials_are_masked_too() -> None:
    async def make(*_: Any) -> Sample:
        return Sample("another-credential", "ada")

    transcript = Transcript()
    known = transcript.of(contender("querystring", resample=make, sample_at=make))
    assert known.resample is not None
    assert known.sample_at is not None
    await known.resample(SampleKind.VALID, Sample("first", "ada"))
    await known.sample_at(Place("/ws/"))
    assert transcript.secrets == ["another-credential"] * 2


async def test_what_is_said_again_and_again_is_shown_once() -> None:
    transcript = Transcript()
    lines = transcript.begin(request(), Answer(101))
    lines += ["C→S  ping", "S→C  pong"] * 3 + ["C→S  bye", "C→S  ping"]
    assert transcript.text.splitlines()[-4:] == ["C→S  ping", "S→C  pong", "C→S  bye", "C→S  ping"]


async def test_of_many_connections_three_are_shown() -> None:
    said = await told("each-their-own")
    assert said.count("GET ‹route›") == 3
    assert said.endswith("… and 7 more connections")


@pytest.mark.parametrize("name", ALL)
async def test_equal_attempts_have_equal_texts(name: str) -> None:
    assert await told("valid", name) == await told("valid", name)


async def test_nothing_is_written_down_unless_asked_for() -> None:
    standing = contender("querystring")
    seen: list[Any] = []

    async def body(attempt: Attempt) -> None:
        seen.append(attempt.medium)
        seen.append(attempt.contender)

    over = medium(lambda app: guarded(standing, app))
    await judge(Case("toy", "a toy", "", body), standing, over)
    assert seen == [over, standing]
    await judge(Case("toy", "a toy", "", body), standing, over, transcript=Transcript())
    assert seen[2] is not over
    assert (seen[2].name, seen[2].denies_with_status) == (over.name, over.denies_with_status)


async def test_one_connection_more_and_the_end_only_once() -> None:
    async def body(attempt: Attempt) -> None:
        for _ in range(4):
            call = await attempt.dial(Open(subprotocols=("chat.v1",)))
        assert [await call.line.receive() for _ in range(2)] == [Ended(4000, "bye")] * 2

    transcript = Transcript()
    await judge(
        Case("toy", "a toy", "", body),
        contender("querystring"),
        medium(lambda _: plays({"type": "websocket.accept", "subprotocol": "chat.v1"}, closes(4000, "bye"))),
        transcript=transcript,
    )
    await nothing_runs()
    assert transcript.text.endswith("… and 1 more connection")
    assert transcript.text.count("Sec-WebSocket-Protocol: chat.v1") == 6
    assert "close" not in transcript.text  # the fourth's


async def test_a_line_that_is_over_says_nothing_more() -> None:
    async def body(attempt: Attempt) -> None:
        call = await attempt.dial(Open())
        await call.line.receive()
        await call.line.receive()

    for script, ends in (([*denies(410)], 0), ([{"type": "websocket.accept"}, closes(4000, "bye")], 1)):
        transcript = Transcript()
        over = medium(lambda _, script=script: plays(*script))  # type: ignore[misc]
        await judge(Case("toy", "a toy", "", body), contender("querystring"), over, transcript=transcript)
        assert transcript.text.count("S→C  close") == ends
    await nothing_runs()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(0), "(the connection ended without an answer)"),
        (Answer(299), "HTTP/1.1 299"),
        (Answer(403, ((b"date", b"today"), (b"x-a", b"\xff"))), "HTTP/1.1 403 Forbidden\nX-A: ÿ"),
        (Answer(101, subprotocol="chat.v1"), "HTTP/1.1 101 Switching Protocols\nSec-WebSocket-Protocol: chat.v1"),
        (
            Answer(101, ((b"Sec-WebSocket-Protocol", b"a"),), "a"),
            "HTTP/1.1 101 Switching Protocols\nSec-WebSocket-Protocol: a",
        ),
    ],
)
def test_answers(answer: Answer, said: str) -> None:
    transcript = Transcript()
    transcript.begin(request(), answer)
    assert transcript.text.split("\n\n", 1)[1] == said


def test_control_characters_and_long_lines_are_made_readable() -> None:
    transcript = Transcript()
    lines = transcript.begin(request(), Answer(101))
    lines += ["S→C  a\x00b\x1b[31m\ud800", "S→C  " + "x " * 200]
    assert "S→C  a\\x00b\\x1b[31m\\ud800" in transcript.text
    assert len(max(transcript.text.splitlines(), key=len)) < LONGEST + 30


# ── what it never tells ──────────────────────────────────────────────────────────────────────────

PLACES: list[Callable[[Transcript, str], None]] = [
    lambda transcript, text: _begin(transcript, request(query=(("token", text),))),
    lambda transcript, text: _begin(transcript, request(headers=((b"cookie", f"a={text}; b=1".encode()),))),
    lambda transcript, text: _begin(transcript, request(subprotocols=("chat.v1", f"bearer.{text}"))),
    lambda transcript, text: _begin(
        transcript, request(), Answer(401, ((b"x-why", text.encode()),), body=text.encode())
    ),
    lambda transcript, text: _begin(transcript, request(), Answer(101, subprotocol=text)),
    lambda transcript, text: _begin(transcript, request()).append(
        f"C→S  {json.dumps({'type': 'auth', 'token': text})}"
    ),
    lambda transcript, text: _begin(transcript, request()).append(f"S→C  close 4401 {text}"),
]


def _begin(transcript: Transcript, dialled: Request, answer: Answer | None = None) -> list[str]:
    return transcript.begin(dialled, answer or Answer(101))


@given(token=LONG_TOKENS, how=st.sampled_from(sorted(encodings("a.b." + "c" * 20))), place=st.sampled_from(PLACES))
async def test_no_credential_survives_in_any_spelling(
    token: str, how: str, place: Callable[[Transcript, str], None]
) -> None:
    transcript = await handed_out(token)
    place(transcript, encodings(token).get(how, token))
    shown = transcript.text
    assert all(spelling not in shown for spelling in encodings(token).values())


@given(tokens=st.lists(MARKED, min_size=2, max_size=4, unique=True), upper=st.booleans())
async def test_several_are_masked_each_by_its_own_mark(tokens: list[str], upper: bool) -> None:
    transcript = Transcript()
    for token in tokens:
        transcript.secrets.append(token)
    spoken = "&".join(token.upper() if upper else token for token in tokens)
    transcript.begin(request(), Answer(101)).append(spoken)
    shown = transcript.text.casefold()
    assert all(token not in shown for token in tokens)


@pytest.mark.parametrize("secret", ["", "short", "1234567"])
async def test_a_credential_too_short_to_be_found_withholds_it_all(secret: str) -> None:
    transcript = await handed_out(secret)
    transcript.begin(request(query=(("token", secret),)), Answer(101))
    assert transcript.text == WITHHELD


async def test_a_spelling_that_is_not_masked_withholds_it_all() -> None:
    transcript = await handed_out("zq0123456789ab")
    transcript.begin(request(query=(("token", "ZQ0123456789AB"),)), Answer(101))
    assert transcript.text == WITHHELD


async def test_what_only_looks_like_a_credential_is_masked_too() -> None:
    transcript = Transcript()
    transcript.begin(request(query=(("token", "0123456789abcdef0123456789abcdef01234567"),)), Answer(101))
    transcript.begin(request(), Answer(101)).append('C→S  {"type":"auth.refresh","token":"another~one"}')
    assert "token=‹40 characters›" in transcript.text
    assert '"token":"‹a credential›"' in transcript.text


async def test_samples_are_those_of_the_contender() -> None:
    """Its verdicts are the same, listened to or not."""
    known: Contender = Transcript().of(contender("querystring"))
    sample = await known.sample(SampleKind.VALID)
    assert KNOWN.good[sample.token] == sample.username
