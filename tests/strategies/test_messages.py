"""The frames of `auth.v1`: written in one spelling, read strictly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import messages
from strategies.refusal import Reason, Refused
from tests.strategies.documented import REASONS
from tests.strategies.hostile import FRAMES, TOKENS, UNSAFE

# ── writing ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (messages.required(5, 8192), '{"type":"auth.required","v":1,"timeout":5,"max_bytes":8192}'),
        (messages.required(0.5, 1), '{"type":"auth.required","v":1,"timeout":0.5,"max_bytes":1}'),
        (messages.auth("a\u00e9"), '{"type":"auth","token":"a\\u00e9"}'),
        (messages.ok(None), '{"type":"auth.ok","expires_in":null,"refresh_in":null}'),
    ],
)
def test_frames_as_documented(frame: str, text: str) -> None:
    assert frame == text


@pytest.mark.parametrize(
    ("left", "refresh_in"),
    [(300, 270), (100, 90), (10, 9), (9, 8), (0, 0), (-5, 0), (86_400, 86_370)],
)
def test_ok_leaves_a_tenth_or_thirty_seconds(left: int, refresh_in: int) -> None:
    frame = json.loads(messages.ok(left))
    assert frame == {"type": "auth.ok", "expires_in": max(0, left), "refresh_in": refresh_in}


@pytest.mark.parametrize("reason", Reason, ids=repr)
def test_error_says_what_is_documented_and_no_more(reason: Reason) -> None:
    row = REASONS[reason.name]
    assert json.loads(messages.error(reason)) == {"type": "auth.error", "code": row.error, "retry": row.retry}


# ── reading an auth message ──────────────────────────────────────────────────────────────────────


@given(TOKENS)
def test_what_a_client_writes_is_read_back(token: str) -> None:
    assert messages.read_auth(messages.auth(token)) == token


@pytest.mark.parametrize(
    "text",
    [
        '{"token":"x","type":"auth"}',
        ' { "type" : "auth" , "token" : "x" } ',
        '{"\\u0074ype":"\\u0061uth","token":"\\u0078"}',
        '{"type":"auth","token":"x","more":{"token":"y"}}',
    ],
)
def test_other_spellings_and_members_are_fine(text: str) -> None:
    assert messages.read_auth(text) == "x"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.BAD_MESSAGE),
        ("hello", Reason.BAD_MESSAGE),
        ("null", Reason.BAD_MESSAGE),
        ("1", Reason.BAD_MESSAGE),
        ('"auth"', Reason.BAD_MESSAGE),
        ('["auth"]', Reason.BAD_MESSAGE),
        ('{"type":"auth"', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":"x"}{}', Reason.BAD_MESSAGE),
        ('\ufeff{"type":"auth","token":"x"}', Reason.BAD_MESSAGE),
        ("{'type':'auth','token':'x'}", Reason.BAD_MESSAGE),
        ('{"type":"auth","token":"a","token":"b"}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":"a","token":"a"}', Reason.BAD_MESSAGE),
        ('{"type":"auth","type":"auth","token":"a"}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":"a","x":{"y":1,"y":2}}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":"a","x":NaN}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":"a","x":Infinity}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":"a","x":-Infinity}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":"a","x":' + "1" * 5_000 + "}", Reason.BAD_MESSAGE),
        ("[" * 8_192, Reason.BAD_MESSAGE),
        ('{"a":' * 1_600, Reason.BAD_MESSAGE),
        ('{"type":"auth"}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":null}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":1}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":1e999}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":true}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":["x"]}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":{"x":1}}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":"a b"}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":"a\\u0000"}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":"\\ud800"}', Reason.BAD_MESSAGE),
        ('{"type":"auth","token":""}', Reason.MISSING),
        ("{}", Reason.EARLY_MESSAGE),
        ('{"command":"whoami"}', Reason.EARLY_MESSAGE),
        ('{"type":"AUTH","token":"x"}', Reason.EARLY_MESSAGE),
        ('{"type":"auth.ok"}', Reason.EARLY_MESSAGE),
        ('{"type":["auth"],"token":"x"}', Reason.EARLY_MESSAGE),
        ('{"type":null,"token":"x"}', Reason.EARLY_MESSAGE),
    ],
    ids=lambda value: repr(value[:45]) if isinstance(value, str) else None,
)
def test_anything_else_is_refused(text: str, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        messages.read_auth(text)
    assert refused.value.reason is reason
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None, "the decoder's own error quotes the frame"


@given(FRAMES.filter(lambda frame: isinstance(frame, str)))
def test_a_frame_is_a_token_or_a_refusal(frame: str) -> None:
    try:
        found: str | Reason = messages.read_auth(frame)
    except Refused as refused:
        found = refused.reason
    if isinstance(found, Reason):
        assert found in {Reason.BAD_MESSAGE, Reason.EARLY_MESSAGE, Reason.MISSING}
    else:
        assert found
        assert not messages.unsafe(found)


# ── what a frame is ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "is_auth"),
    [
        ('{"type":"auth"}', True),
        ('{"type":"auth","token":1}', True),
        ('{"type":"\\u0061uth"}', True),
        ('{"type":"auth.refresh"}', False),
        ('{"type":"author"}', False),
        ('{"kind":"auth"}', False),
        ('{"type":"auth","type":"auth"}', False),
        ("auth", False),
        ("", False),
        ("\\u", False),
        ('["auth"]', False),
    ],
)
def test_is_type(text: str, is_auth: bool) -> None:
    assert messages.is_type(text, "auth") is is_auth


def test_is_type_of_several() -> None:
    assert messages.is_type('{"type":"b"}', "a", "b")
    assert not messages.is_type('{"type":"c"}', "a", "b")


@pytest.mark.parametrize(
    ("text", "is_notice"),
    [
        (messages.required(1, 1), True),
        (messages.ok(None), True),
        (messages.error(Reason.INVALID), True),
        (messages.auth("x"), False),
        ('{"type":"ready"}', False),
        ('{"type":1}', False),
        ("{}", False),
        ("auth.ok", False),
    ],
)
def test_is_notice(text: str, is_notice: bool) -> None:
    assert messages.is_notice(text) is is_notice


@given(FRAMES.filter(lambda frame: isinstance(frame, str)))
def test_looking_at_a_frame_never_fails(frame: str) -> None:
    assert messages.is_type(frame, "auth") in (True, False)
    assert messages.is_notice(frame) in (True, False)


# ── unsafe ───────────────────────────────────────────────────────────────────────────────────────


@given(TOKENS)
def test_safe_tokens_are_safe(token: str) -> None:
    assert not messages.unsafe(token)


@given(st.text(max_size=5), UNSAFE, st.text(max_size=5))
def test_one_unsafe_character_is_enough(before: str, junk: str, after: str) -> None:
    assert messages.unsafe(before + junk + after)


@pytest.mark.parametrize("value", [{"a": [1, {"b": None}]}, {}, {"a": 1e999}], ids=repr)
def test_objects_are_read_as_they_are(value: dict[str, Any]) -> None:
    assert messages.read_object(json.dumps(value).replace("Infinity", "1e999")) == value
