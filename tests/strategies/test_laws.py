"""Laws that hold for every strategy, tried with whatever hypothesis can think of.

Round trip, totality, nothing left over, nothing changed, nothing shared, linear work. The examples go
through `conformance.inprocess`' own encoding of a request, and through real gates.
"""

from __future__ import annotations

import asyncio
import base64
import copy
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strategies import messages
from strategies.backend import Identity
from strategies.conformance.attempt import encodings, opening_of
from strategies.conformance.probe import leaves
from strategies.flow import Credential, Open, Receive, Send, ServerFlow
from strategies.handshake import Handshake, Scope
from strategies.refusal import Reason, Refused
from strategies.strategy import Strategy
from strategies.wire import Event
from tests.strategies.hostile import CARRIED, FRAMES, MARKED, TOKENS, UNSAFE, mixed_case, percent_encoded, scopes
from tests.strategies.toys import (
    HANDSHAKE_STRATEGIES,
    STRATEGIES,
    Fixed,
    Inner,
    Server,
    Toy,
    User,
    gate,
    hangs_up,
    run,
    scope_of,
    work,
)

every_strategy = pytest.mark.parametrize("name", STRATEGIES)
fewer = settings(max_examples=60)
"""Where each strategy has its turn and the examples differ in little."""


# ── round trip ───────────────────────────────────────────────────────────────────────────────────


def outcome(flow: ServerFlow, answers: Iterable[str] = ()) -> Credential | Refused:
    """What becomes of a server half whose `Receive`s get these answers."""
    left = iter(answers)
    answer = None
    try:
        while True:
            step = flow.send(answer)  # type: ignore[arg-type]
            answer = next(left) if isinstance(step, Receive) else ""
    except StopIteration as stop:
        return cast(Credential, stop.value)
    except Refused as refused:
        return refused


def meet(strategy: Strategy, token: str) -> Credential | Refused:
    """Both halves of a strategy, run against each other over the medium's own encoding."""
    client = strategy.client(token)
    handshake = Handshake.from_scope(scope_of(opening_of(client)))
    return outcome(strategy.server(handshake), (step.text for step in client if isinstance(step, Send)))


@every_strategy
@given(st.data())
@fewer
def test_what_the_client_half_presents_the_server_half_finds(name: str, data: st.DataObject) -> None:
    token = data.draw(CARRIED.get(name, TOKENS))
    assert meet(STRATEGIES[name], token) == Credential(token)


def presented(strategy: Strategy, token: str) -> Credential | Refused | ValueError:
    try:
        return meet(strategy, token)
    except ValueError as error:
        return error


@every_strategy
@given(st.one_of(st.text(min_size=1), st.tuples(TOKENS, UNSAFE, TOKENS).map("".join)))
@fewer
def test_the_client_half_presents_no_other_text_than_it_was_given(name: str, token: str) -> None:
    found = presented(STRATEGIES[name], token)
    if found != Credential(token):
        assert type(found) is ValueError  # an encoder's own would hold the token
        assert str(found) in {str(presented(STRATEGIES[name], refused)) for refused in ("\u00e9", " ")}


@every_strategy
@given(st.data())
@fewer
async def test_what_the_client_half_presents_gets_in(name: str, data: st.DataObject) -> None:
    token = data.draw(CARRIED.get(name, TOKENS))
    asked: list[str] = []
    inner = Inner(hangs_up)
    flow = STRATEGIES[name].client(token)
    scope = scope_of(opening_of(flow))
    server = Server(*(step.text for step in flow if isinstance(step, Send)))
    backend = Toy(lambda token: asked.append(token) or Identity(User()))
    await run(gate(name, backend, inner, max_message_bytes=40_000), scope, server)
    assert (asked, len(inner.scopes)) == ([token], 1)


# ── totality ─────────────────────────────────────────────────────────────────────────────────────


def is_fair(found: Credential | Refused) -> bool:
    """A credential that isn't empty, or a refusal that brings nothing along."""
    return bool(found.token) if isinstance(found, Credential) else found.__context__ is None


@given(scopes())
def test_any_handshake_is_a_credential_or_a_refusal(scope: Scope) -> None:
    handshake = Handshake.from_scope(scope)
    for name in HANDSHAKE_STRATEGIES:
        found = outcome(STRATEGIES[name].server(handshake))
        nothing = isinstance(found, Refused) and found.reason is Reason.MISSING
        assert is_fair(found), name
        assert STRATEGIES[name].carries(handshake) is not nothing, name


@given(FRAMES.filter(lambda frame: isinstance(frame, str)))
def test_any_first_frame_is_a_credential_or_a_refusal(frame: str) -> None:
    assert is_fair(outcome(STRATEGIES["first_message"].server(Handshake("/")), [frame]))


def is_legal(types: list[str]) -> bool:
    """What an ASGI server accepts from an application, in this order [ASGI: WebSocket]."""
    match types:
        case [] | ["close"] | ["http.response.start", "http.response.body"]:
            return True
        case ["accept", *sent]:
            return "accept" not in sent and "close" not in sent[:-1] and set(sent) <= {"send", "close"}
    return False


@given(scope=scopes(), frames=st.lists(FRAMES, max_size=3), leaves_then=st.booleans(), close=st.booleans())
@settings(suppress_health_check=[HealthCheck.too_slow])
async def test_no_request_gets_past_a_gate_without_an_identity(
    scope: Scope, frames: list[str | bytes], leaves_then: bool, close: bool
) -> None:
    rules: dict[str, Any] = {"refuse": "close"} if close else {}
    for name, strategy in STRATEGIES.items():
        inner = Inner(hangs_up)
        verified: list[Identity] = []
        server = Server(*frames if strategy.traits.accepts_first else ())
        if leaves_then or strategy.traits.accepts_first:
            server.leave()
        backend = Toy(lambda token, verified=verified: verified.append(Identity(User())) or verified[-1])
        await run(gate(name, backend, inner, handshake_deadline=5, **rules), scope, server)
        assert is_legal(server.types), (name, server.types)
        assert len(inner.scopes) <= len(verified) <= 1, name
        for given_to_it in inner.scopes:
            told = replace(given_to_it["auth"].identity, connection="")  # which is random
            assert told == Identity(verified[0].user, strategy=name, backend="toy"), name
            assert given_to_it["user"] is verified[0].user, name


# ── nothing left over ────────────────────────────────────────────────────────────────────────────

DECOYS = [b"a=1", b"", b"x=%41", b"tokens=1", b"b"]


@st.composite
def in_query(draw: st.DrawFn, token: str) -> Scope:
    spelled = draw(st.lists(st.tuples(percent_encoded("token"), percent_encoded(token)), min_size=1, max_size=3))
    fields = [name + b"=" + value for name, value in spelled] + draw(st.lists(st.sampled_from(DECOYS), max_size=3))
    return scope_of(query_string=b"&".join(draw(st.permutations(fields))))


@st.composite
def in_cookies(draw: st.DrawFn, token: str) -> Scope:
    value = st.sampled_from([token, f'"{token}"', f" {token} ", f'"{token}'])
    pair = st.tuples(st.sampled_from(["sessionid=", "sessionid =", " sessionid= "]), value).map("".join)
    crumbs = draw(st.lists(pair, min_size=1, max_size=3)) + draw(
        st.lists(st.sampled_from(["a=1", "", "b"]), max_size=3)
    )
    cut = draw(st.integers(0, len(crumbs)))
    mixed = draw(st.permutations(crumbs))
    lines = [";".join(part).encode() for part in (mixed[:cut], mixed[cut:])]
    names = [draw(mixed_case(b"cookie")) for _ in lines]
    left_outside = {"cookies": {"sessionid": token, "a": "1"}, "session": {"key": token}} if draw(st.booleans()) else {}
    return scope_of(headers=[(b"host", b"x"), *zip(names, lines, strict=True)], **left_outside)


@st.composite
def in_headers(draw: st.DrawFn, token: str) -> Scope:
    scheme = st.sampled_from(["Bearer ", "bearer   ", "TOKEN ", " Bearer ", "Basic ", ""])
    values = [f"{draw(scheme)}{token}".encode() for _ in range(draw(st.integers(1, 3)))]
    return scope_of(headers=[(b"host", b"x"), *((draw(mixed_case(b"authorization")), value) for value in values)])


@st.composite
def in_subprotocols(draw: st.DrawFn, token: str) -> Scope:
    encoded = base64.urlsafe_b64encode(token.encode()).rstrip(b"=").decode()
    entry = st.sampled_from(
        [f"bearer.{token}", f"Bearer.{token}", f" bearer.{token}", f"bearer64.{encoded}", f"BEARER64.{encoded}=="]
    )
    offered = draw(st.permutations(["chat.v1", *draw(st.lists(entry, min_size=1, max_size=2))]))
    line = draw(st.sampled_from([", ", ",", " , "])).join(offered).encode()
    apart = [name.encode() for name in offered]
    # Servers fold, split or drop the lines, and parse all of them, the last one or none.
    lines, known = draw(
        st.sampled_from(
            [
                ([line], offered),
                ([line], []),
                (apart, offered),
                (apart, offered[-1:]),
                ([], offered),
                ([line], [name.strip() for name in offered]),
            ]
        )
    )
    headers = [(b"host", b"x"), *((draw(mixed_case(b"sec-websocket-protocol")), one) for one in lines)]
    return scope_of(headers=headers, subprotocols=list(known))


SPELLED: dict[str, Callable[[str], st.SearchStrategy[Scope]]] = {
    "querystring": in_query,
    "cookie": in_cookies,
    "header": in_headers,
    "subprotocol": in_subprotocols,
    "first_message": lambda token: st.just(scope_of()),
}


def left_of(token: str, value: object) -> list[str]:
    texts = leaves(value)
    return [how for how, spelling in encodings(token).items() if any(spelling in text for text in texts)]


@every_strategy
@given(st.data())
@fewer
def test_scrub_leaves_nothing_however_it_is_spelled(name: str, data: st.DataObject) -> None:
    token = data.draw(MARKED)
    scope = data.draw(SPELLED[name](token))
    if name != "first_message":
        headers = leaves(scope)
        assert any(token in text or "%" in text or "64." in text.lower() for text in headers), "the example holds none"
    assert left_of(token, STRATEGIES[name].scrub(scope)) == []


@st.composite
def auth_frames(draw: st.DrawFn, token: str) -> str:
    """Spellings of one auth message: white space, member order, escapes."""
    members = draw(st.permutations([("type", "auth"), ("token", token), ("more", [1, {"a": None}])]))
    text = json.dumps(dict(members), indent=draw(st.sampled_from([None, 0, 3])))
    letter = draw(st.sampled_from(sorted(set(token))))
    return draw(st.sampled_from([text, text.replace(token, token.replace(letter, f"\\u{ord(letter):04x}"))]))


@every_strategy
@given(st.data())
@fewer
async def test_nothing_is_left_for_the_application_or_in_the_answer(name: str, data: st.DataObject) -> None:
    token = data.draw(MARKED)
    scope = data.draw(SPELLED[name](token))
    server = Server(*([data.draw(auth_frames(token))] if name == "first_message" else ()))
    inner = Inner(hangs_up)
    rules: dict[str, Any] = {"refuse": data.draw(st.sampled_from(["handshake", "close"]))}
    await run(gate(name, app=inner, **rules), scope, server)
    assert left_of(token, inner.scopes) == []
    assert left_of(token, server.sent) == []


# ── nothing changed ──────────────────────────────────────────────────────────────────────────────


@given(scopes())
def test_scrub_is_idempotent_and_changes_nothing(scope: Scope) -> None:
    before = copy.deepcopy(scope)
    for name, strategy in STRATEGIES.items():
        once = strategy.scrub(scope)
        assert scope == before, name
        assert once is not scope, name
        assert strategy.scrub(once) == once, name


@given(scope=scopes(), frame=FRAMES)
async def test_a_gate_changes_no_scope(scope: Scope, frame: str | bytes) -> None:
    before = copy.deepcopy(scope)
    for name in STRATEGIES:
        await run(gate(name), scope, Server(*([frame] if name == "first_message" else ())))
        assert scope == before, name


# ── nothing shared ───────────────────────────────────────────────────────────────────────────────


def mutable(value: object) -> Iterator[int]:
    """The identities of everything inside a value that somebody could change."""
    if isinstance(value, dict):
        yield id(value)
        for part in value.values():
            yield from mutable(part)
    elif isinstance(value, list | set | tuple | frozenset):
        if not isinstance(value, tuple | frozenset):
            yield id(value)
        for part in value:
            yield from mutable(part)
    elif isinstance(value, Identity):
        yield from mutable(value.user)
    elif not isinstance(value, str | bytes | int | float | None):
        yield id(value)


@every_strategy
@given(st.data())
@fewer
async def test_two_connections_share_nothing_that_can_change(name: str, data: st.DataObject) -> None:
    one_gate = gate(name, app=(inner := Inner(hangs_up)))
    token = data.draw(MARKED)
    connections = []
    for _ in range(2):
        flow = STRATEGIES[name].client(token)
        scope = scope_of(opening_of(flow))
        connections.append((scope, Server(*(step.text for step in flow if isinstance(step, Send)))))
    await asyncio.gather(*(run(one_gate, scope, server) for scope, server in connections))
    one, other = inner.scopes
    assert set(mutable(one)) & set(mutable(other)) == set()
    assert one["user"] is not other["user"]


# ── linear work (T11) ────────────────────────────────────────────────────────────────────────────

HEAVY: dict[str, Callable[[int], Scope]] = {
    "query fields": lambda n: scope_of(query_string=b"&".join([b"tok%65n=a"] * n)),
    "one long query value": lambda n: scope_of(query_string=b"token=" + b"%41" * n),
    "plus signs": lambda n: scope_of(query_string=b"token=" + b"+" * n),
    "cookies": lambda n: scope_of(headers=[(b"cookie", b"; ".join([b"sessionid=a"] * n))]),
    "semicolons": lambda n: scope_of(headers=[(b"cookie", b";" * n)]),
    "quotes": lambda n: scope_of(headers=[(b"cookie", b"sessionid=" + b'"' * n)]),
    "header lines": lambda n: scope_of(headers=[(b"Authorization", b"Bearer a")] * n),
    "one long header": lambda n: scope_of(headers=[(b"authorization", b"Bearer " + b" " * n + b"a")]),
    "subprotocols": lambda n: scope_of(subprotocols=["chat.v1"] * n),
    "bearer entries": lambda n: scope_of(subprotocols=["bearer.a"] * n),
    "decoded subprotocols": lambda n: scope_of(
        subprotocols=["aA"] * n, headers=[(b"sec-websocket-protocol", b", ".join([b"a%41"] * n))]
    ),
    "one long subprotocol": lambda n: scope_of(subprotocols=["bearer64." + "a" * n]),
}


@every_strategy
@pytest.mark.parametrize("heavy", HEAVY.values(), ids=HEAVY)
def test_a_gate_works_linearly(name: str, heavy: Callable[[int], Scope]) -> None:
    def handle(scope: Scope) -> Callable[[], object]:
        return lambda: asyncio.run(run(gate(name, refuse="close"), scope, Server(messages.auth("x"))))

    handle(heavy(1))()  # what is imported or cached on first use doesn't count
    small, large = work(handle(heavy(200))), work(handle(heavy(2_000)))
    assert large <= 11 * small


@every_strategy
@pytest.mark.parametrize("heavy", HEAVY.values(), ids=HEAVY)
def test_sixty_kilobytes_are_answered_at_once(name: str, heavy: Callable[[int], Scope]) -> None:
    scope = heavy(20_000)
    started = time.process_time()
    asyncio.run(run(gate(name, refuse="close"), scope, Server(messages.auth("x"))))
    assert time.process_time() - started < 1


# ── the examples are what they claim to be ───────────────────────────────────────────────────────


def test_the_legal_order_of_events() -> None:
    legal: list[list[str]] = [[], ["close"], ["accept"], ["accept", "send", "close"]]
    illegal = [["send"], ["accept", "accept"], ["accept", "close", "send"], ["close", "accept"]]
    assert all(map(is_legal, legal))
    assert not any(map(is_legal, illegal))


async def test_a_strategy_that_cleans_nothing_would_be_noticed() -> None:
    inner = Inner(hangs_up)
    await run(gate(Fixed(), app=inner), scope_of(Open(query=(("x", "zq0123456789ab"),))), Server())
    assert left_of("zq0123456789ab", inner.scopes) == ["as it is", "percent-encoded", "form-encoded", "JSON"]


def test_an_object_that_is_shared_would_be_noticed() -> None:
    shared: list[Event] = []
    assert set(mutable({"a": shared})) & set(mutable({"b": (shared,)})) == {id(shared)}
