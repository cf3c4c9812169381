"""The socket before there is an identity, and the seam to the application after: one `Wire` at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import messages
from strategies.deadline import Deadline, Pulse
from strategies.flow import Accept, Credential, Receive, Send
from strategies.policy import Policy
from strategies.refusal import Reason, Refused
from strategies.wire import Event, Gone, Wire
from tests.strategies.documented import REASONS
from tests.strategies.toys import CONNECT, DISCONNECT, FOUND, Server, nothing_runs, until

ACCEPT: Event = {"type": "websocket.accept", "subprotocol": None}


def wire(
    server: Server,
    *,
    echo: str | None = None,
    names_protocol: bool = False,
    denial: bool = False,
    **rules: Any,
) -> Wire:
    return Wire(
        server.receive,
        server.send,
        Policy(**rules),
        echo=echo,
        names_protocol=names_protocol,
        denial=denial,
    )


async def connected(server: Server, **options: Any) -> Wire:
    one = wire(server, **options)
    await one.connect()
    return one


def flow(*steps: Any, returns: Any = FOUND) -> Generator[Any, str, Any]:
    """A server half of these steps; answers to its `Receive`s come back in its result."""
    answers = []
    for step in steps:
        answer = yield step
        if isinstance(step, Receive):
            answers.append(answer)
    return Credential(" ".join(answers)) if answers else returns


def broken_at(kind: str, error: BaseException) -> Callable[[Event], None]:
    """A server that can't send events of one type."""

    def takes(event: Event) -> None:
        if event["type"].removeprefix("websocket.") == kind:
            raise error

    return takes


def autobahn(event: Event) -> None:
    """What autobahn, below daphne, says to an application's close code."""
    if event["type"] == "websocket.close" and not (event["code"] == 1000 or 3000 <= event["code"] < 5000):
        raise Exception(f"invalid close code {event['code']}")  # noqa: TRY002  autobahn's own class


# ── running a server half ────────────────────────────────────────────────────────────────────────


async def test_run_performs_the_steps_in_order() -> None:
    server = Server("one", "two")
    credential = await ran(
        await connected(server, deadline=2), flow(Send("a"), Accept(), Receive(), Send("b"), Receive())
    )
    assert credential == Credential("one two")
    required = {"type": "websocket.send", "text": messages.required(2, 8192)}
    assert server.sent == [
        {"type": "websocket.send", "text": "a"},
        ACCEPT,
        required,
        {"type": "websocket.send", "text": "b"},
    ]


async def test_run_announces_nothing_where_the_policy_is_silent() -> None:
    server = Server()
    await ran(await connected(server, announce=False), flow(Accept()))
    assert server.sent == [ACCEPT]


@pytest.mark.parametrize("echo", [None, "chat.v1"])
async def test_accept_names_the_echo(echo: str | None) -> None:
    server = Server()
    await ran(await connected(server, echo=echo, announce=False), flow(Accept()))
    assert server.sent == [{**ACCEPT, "subprotocol": echo}]


@pytest.mark.parametrize("step", [None, "accept", Accept, Credential("t"), 1], ids=repr)
async def test_run_performs_nothing_else(step: Any) -> None:
    server = Server()
    half = flow(step)
    with pytest.raises(TypeError, match="a server half yields Accept, Receive or Send, not"):
        await ran(await connected(server), half)
    assert half.gi_frame is None, "the half is closed"
    assert server.sent == []


async def test_run_closes_the_half_whatever_happens() -> None:
    half = flow(Receive())
    server = Server()
    server.leave()
    with pytest.raises(Gone):
        await ran(await connected(server), half)
    assert half.gi_frame is None


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("x" * 11, Reason.MESSAGE_TOO_LARGE),
        ("\u20ac" * 4, Reason.MESSAGE_TOO_LARGE),
        ("\ud800" * 4, Reason.MESSAGE_TOO_LARGE),
        (b"x" * 11, Reason.MESSAGE_TOO_LARGE),
        (b"x" * 10, Reason.BAD_MESSAGE),
        (b"", Reason.BAD_MESSAGE),
    ],
    ids=repr,
)
async def test_receive_takes_text_within_the_cap(frame: str | bytes, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        await ran(await connected(Server(frame), max_message_bytes=10), flow(Receive()))
    assert refused.value.reason is reason


@pytest.mark.parametrize("frame", ["x" * 10, "\u20ac" * 3, ""], ids=repr)
async def test_the_cap_counts_bytes(frame: str) -> None:
    assert (await ran(await connected(Server(frame), max_message_bytes=10), flow(Receive()))).token == frame


async def test_a_frame_without_text_and_bytes_is_no_text() -> None:
    server = Server()
    server._events.put_nowait({"type": "websocket.receive"})
    with pytest.raises(Refused, match="bad message"):
        await ran(await connected(server), flow(Receive()))


async def test_a_half_is_late_at_its_end_and_by_nothing_else() -> None:
    one = await connected(Server())
    with pytest.raises(Refused, match="timeout"):
        await one.run(flow(Receive()), soon(0.01))

    def fails() -> Generator[Any, str, Any]:
        yield Receive()
        raise TimeoutError

    one = await connected(Server("frame"))
    receive = one._receive

    async def later() -> Event:
        await asyncio.sleep(0)
        return await receive()

    one._receive = later
    with pytest.raises(TimeoutError):
        await ran(one, fails())


async def test_connect_waits_for_the_connect() -> None:
    server = Server()
    await server.receive()
    server.leave()
    with pytest.raises(Gone):
        await wire(server).connect()


@pytest.fixture
def alert(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every verification that waits takes its time."""
    monkeypatch.setattr("strategies.wire.LISTENS_AFTER", 0.0)


# ── while a credential is verified ───────────────────────────────────────────────────────────────


def soon(seconds: float = 10) -> Deadline:
    return Deadline(seconds, Pulse())


async def ran(one: Wire, server_half: Any) -> Credential:
    return await one.run(server_half, soon())


async def verified(one: Wire, verification: Awaitable[Any], deadline: float = 10) -> Any:
    """What the gate has done to a verification."""

    async def settled() -> Any:
        identity = await verification
        await one.settle()
        return identity

    return await one.listening(settled(), soon(deadline))


async def verifying(one: Wire, verification: Awaitable[Any], deadline: float = 10) -> Any:
    """The same of a connection that comes to nothing."""
    try:
        return await verified(one, verification, deadline)
    finally:
        one.abandon()


@pytest.mark.usefixtures("alert")
@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ('{"command":"whoami"}', Reason.EARLY_MESSAGE),
        ("", Reason.EARLY_MESSAGE),
        (b"\x00", Reason.EARLY_MESSAGE),
        (messages.auth("other"), Reason.BAD_MESSAGE),
    ],
    ids=repr,
)
async def test_listening_ends_when_the_peer_says_anything(frame: str | bytes, reason: Reason) -> None:
    server = Server()
    one = await connected(server)
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    task = asyncio.ensure_future(verifying(one, never))
    await until(lambda: one._ahead is not None)
    server.say(frame)
    with pytest.raises(Refused) as refused:
        await task
    assert refused.value.reason is reason
    assert never.cancelled()
    await nothing_runs()


@pytest.mark.usefixtures("alert")
async def test_listening_ends_when_the_peer_leaves() -> None:
    server = Server()
    one = await connected(server)
    server.leave()
    with pytest.raises(Gone):
        await verifying(one, asyncio.get_running_loop().create_future())


async def test_the_deadline_itself_is_no_disturbance() -> None:
    one = await connected(Server())
    with pytest.raises(Refused, match="unavailable"):
        await verifying(one, asyncio.get_running_loop().create_future(), deadline=0.01)


async def test_a_time_out_of_the_verifications_own_is_an_error_like_others() -> None:
    async def verification() -> None:
        await asyncio.sleep(0)
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await verifying(await connected(Server()), verification())


@pytest.mark.usefixtures("alert")
async def test_a_server_that_fails_to_receive_is_an_error_of_its_own() -> None:
    async def receive() -> Event:
        raise RuntimeError("no socket")

    one = Wire(receive, Server().send, Policy(), echo=None, names_protocol=False, denial=False)
    with pytest.raises(RuntimeError, match="no socket"):
        await verifying(one, asyncio.get_running_loop().create_future())


@pytest.mark.usefixtures("alert")
@pytest.mark.parametrize("accepted", [True, False], ids=["accepted", "not accepted"])
@pytest.mark.parametrize("turns", range(6))
async def test_an_event_in_the_turn_of_the_verdict_disturbs_nothing_else(accepted: bool, turns: int) -> None:
    """A frame, or a client that leaves, in the very turn of the loop in which verification ends."""
    loop = asyncio.get_running_loop()
    failures: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: failures.append(context))
    server = Server()
    one = await connected(server)
    if accepted:
        await ran(one, flow(Accept()))
    verdict: asyncio.Future[None] = loop.create_future()
    task = asyncio.ensure_future(verifying(one, verdict))
    await until(lambda: one._ahead is not None)
    await asyncio.sleep(0)
    verdict.set_result(None)
    for _ in range(turns):
        await asyncio.sleep(0)
    server.leave()
    with suppress(Gone):
        await task
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert failures == []


@pytest.mark.usefixtures("alert")
async def test_a_peer_that_leaves_when_it_is_too_late_already_disturbs_nothing() -> None:
    """The verification takes a while to end, as one in a thread does."""
    failures: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: failures.append(context))
    ending, ended = asyncio.Event(), asyncio.Event()

    async def ends_slowly() -> None:
        try:
            await loop.create_future()
        finally:
            ending.set()
            await ended.wait()

    server = Server()
    one = await connected(server)
    task = asyncio.ensure_future(verifying(one, ends_slowly(), deadline=0.01))
    await ending.wait()
    server.leave()
    await until(lambda: one._ahead is not None and one._ahead.done())
    await asyncio.sleep(0)
    ended.set()
    with pytest.raises(Gone):
        await task
    assert failures == []


async def test_settle_sees_what_came_in_one_segment_with_the_credential() -> None:
    server = Server("auth", "command")
    one = await connected(server)
    await ran(one, flow(Accept(), Receive()))
    done = asyncio.get_running_loop().create_future()
    done.set_result(None)
    with pytest.raises(Refused, match="early message"):
        await verifying(one, done)


async def test_a_verification_that_never_waits_is_not_listened_to() -> None:
    """Nor does the application's first `receive` then go through anybody else's."""

    async def at_once() -> str:
        return "identity"

    server = Server("command")
    one = await connected(server)
    assert await verified(one, at_once()) == "identity"
    assert one._ahead is None
    assert [await one.receive(), await one.receive()] == [CONNECT, {"type": "websocket.receive", "text": "command"}]


async def test_a_verification_that_waits_is_told_how_its_wait_ended() -> None:
    seen: list[object] = []

    async def verification() -> str:
        seen.append(await asyncio.sleep(0, "first"))
        failing = asyncio.get_running_loop().create_future()
        failing.set_exception(LookupError())
        try:
            await failing
        except LookupError:
            seen.append("second")
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            seen.append("cancelled")
        return "identity"

    one = await connected(Server())
    with pytest.raises(Refused, match="unavailable"):
        await verifying(one, verification(), deadline=0.05)
    assert seen == ["first", "second", "cancelled"]


async def test_a_quick_verification_is_not_listened_to_either() -> None:
    one = await connected(Server())
    await verified(one, asyncio.sleep(0))
    assert one._ahead is None


# ── refusing ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("reason", Reason, ids=repr)
async def test_deny_answers_the_upgrade_request(reason: Reason) -> None:
    server = Server()
    await (await connected(server, denial=True)).refuse(reason)
    start, body = server.sent
    row = REASONS[reason.name]
    headers = dict(start["headers"])
    challenge = b'Bearer realm="websocket"' + (b"" if reason is Reason.MISSING else b', error="invalid_token"')
    assert start["status"] == row.status
    assert body["body"].decode() == messages.refusal(reason)
    assert headers.pop(b"content-length") == str(len(body["body"])).encode()
    assert headers.pop(b"www-authenticate", None) == (challenge if row.status == 401 else None)
    assert headers == {b"content-type": b"application/json", b"cache-control": b"no-store"}


@pytest.mark.parametrize("reason", Reason, ids=repr)
async def test_without_the_extension_the_server_says_403_itself(reason: Reason) -> None:
    server = Server()
    await (await connected(server)).refuse(reason)
    assert server.sent == [{"type": "websocket.close", "code": REASONS[reason.name].code}]


@pytest.mark.parametrize("takes", [lambda event: None, autobahn], ids=["any code", "autobahn's codes"])
@pytest.mark.parametrize("reason", Reason, ids=repr)
async def test_close_says_why_before_it_closes(reason: Reason, takes: Callable[[Event], None]) -> None:
    server = Server(takes=takes)
    await (await connected(server, refuse="close", echo="chat.v1")).refuse(reason)
    row = REASONS[reason.name]
    code = row.stand_in if takes is autobahn else row.code
    assert server.sent == [
        {"type": "websocket.accept", "subprotocol": "chat.v1"},
        {"type": "websocket.send", "text": messages.refusal(reason)},
        {"type": "websocket.close", "code": code, "reason": row.error},
    ]
    assert type(server.sent[-1]["code"]) is int


@pytest.mark.parametrize("options", [{"denial": True}, {"refuse": "close"}], ids=["handshake", "close"])
async def test_says_when_to_come_back_where_it_is_known(options: dict[str, Any]) -> None:
    server = Server()
    await (await connected(server, **options)).refuse(Reason.RATE_LIMITED, 7.0)
    said = server.texts[-1] if server.texts else server.sent[1]["body"].decode()
    assert said == messages.refusal(Reason.RATE_LIMITED, 7.0)
    assert '"retry_after":7' in said
    if "denial" in options:
        assert dict(server.sent[0]["headers"])[b"retry-after"] == b"7"


async def test_an_accepted_socket_is_closed_whatever_the_policy_says() -> None:
    server = Server()
    one = await connected(server, denial=True, announce=False)
    await ran(one, flow(Accept()))
    await one.refuse(Reason.INVALID)
    assert server.types == ["accept", "send", "close"]


@pytest.mark.parametrize("rules", [{"denial": True}, {}, {"refuse": "close"}], ids=["deny", "403", "close"])
@pytest.mark.parametrize("kind", ["http.response.start", "http.response.body", "accept", "send", "close"])
async def test_a_peer_that_has_left_is_told_nothing(rules: dict[str, Any], kind: str) -> None:
    server = Server(takes=broken_at(kind, BrokenPipeError()))
    await (await connected(server, **rules)).refuse(Reason.INVALID)
    assert kind not in server.types


async def test_a_peer_that_leaves_before_the_stand_in_is_told_nothing() -> None:
    def takes(event: Event) -> None:
        if event["type"] == "websocket.close":
            raise ValueError if event["code"] == 1011 else BrokenPipeError

    server = Server(takes=takes)
    await (await connected(server, refuse="close")).refuse(Reason.INTERNAL)
    assert server.types == ["accept", "send"]


@pytest.mark.parametrize("reason", [Reason.INVALID, Reason.INTERNAL], ids=repr)
async def test_a_server_that_cannot_close_at_all_is_heard(reason: Reason) -> None:
    asked: list[int] = []

    def takes(event: Event) -> None:
        if event["type"] == "websocket.close":
            asked.append(event["code"])
            raise ValueError("cannot close")

    with pytest.raises(ValueError, match="cannot close"):
        await (await connected(Server(takes=takes), refuse="close")).refuse(reason)
    assert asked == list(dict.fromkeys([reason.close_code, reason.close_code.private]))


# ── welcome ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("accepts", "announce", "texts"),
    [(True, True, 2), (True, False, 0), (False, True, 0), (False, False, 0)],
)
async def test_welcome_only_where_the_peer_waits_for_it(accepts: bool, announce: bool, texts: int) -> None:
    server = Server()
    one = await connected(server, announce=announce)
    await ran(one, flow(*([Accept()] if accepts else [])))
    await one.welcome(None)
    assert len(server.texts) == texts
    assert server.texts[1:] == [messages.ok(None)][: texts // 2]


# ── the application's side ───────────────────────────────────────────────────────────────────────


async def test_receive_replays_the_connect_once() -> None:
    server = Server("a", "b")
    server.leave()
    one = await connected(server)
    assert [await one.receive() for _ in range(4)] == [
        CONNECT,
        {"type": "websocket.receive", "text": "a"},
        {"type": "websocket.receive", "text": "b"},
        DISCONNECT,
    ]


STEPS = st.lists(st.sampled_from(["say", "receive", "cancel"]), max_size=20)


@given(STEPS)
async def test_nothing_is_lost_or_reordered_when_receive_is_cancelled(steps: list[str]) -> None:
    """As Channels' consumers do: wait for several things at once, and drop what has not come yet."""
    server = Server()
    one = await connected(server)
    one._listen()  # as a verification that takes its time does
    said, seen = [CONNECT], []
    for step in steps:
        if step == "say":
            said.append({"type": "websocket.receive", "text": str(len(said))})
            server.say(said[-1]["text"])
        elif step == "receive" and len(seen) < len(said):
            seen.append(await one.receive())
        elif step == "cancel":
            waiting = asyncio.ensure_future(one.receive())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
            if not waiting.cancelled():
                seen.append(waiting.result())
    while len(seen) < len(said):
        seen.append(await one.receive())
    one.abandon()
    assert seen == said


async def test_a_receive_cancelled_in_the_turn_of_a_frame_loses_nothing() -> None:
    server = Server()
    one = await connected(server)
    await one.receive()
    one._listen()
    waiting = asyncio.ensure_future(one.receive())
    await asyncio.sleep(0)
    server.say("a")
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    seen = waiting.result() if not waiting.cancelled() else await one.receive()
    assert seen["text"] == "a"


# ── what the gate does meanwhile ─────────────────────────────────────────────────────────────────


@dataclass
class Reserves:
    reserved: Any
    take: Any


def reserving(one: Wire, *taken: str) -> list[Any]:
    """From now on these texts are the gate's; the list gathers them."""
    found: list[Any] = []

    async def take(message: Any) -> None:
        found.append(message["text"])

    one.reserve(Reserves(lambda event: event if event.get("text") in taken else None, take))
    return found


async def running(server: Server, **options: Any) -> Wire:
    """An application has accepted."""
    one = await connected(server, **options)
    await one.receive()
    await one.send({"type": "websocket.accept"})
    return one


async def test_reserved_frames_are_taken_and_the_others_arrive_in_order() -> None:
    one = await running(Server("mine", "a", "mine", "mine", "b", b"mine"))
    taken = reserving(one, "mine")
    assert [await one.receive() for _ in range(3)] == [
        {"type": "websocket.receive", "text": "a"},
        {"type": "websocket.receive", "text": "b"},
        {"type": "websocket.receive", "bytes": b"mine"},
    ]
    assert taken == ["mine"] * 3


async def test_after_a_cut_nothing_passes_either_way() -> None:
    server = Server("a", "b")
    one = await running(server)
    assert one.cut(Reason.WITHDRAWN)
    assert not one.cut(Reason.EXPIRED), "once"
    gone = {"type": "websocket.disconnect", "code": 4410}
    assert [await one.receive(), await one.receive()] == [gone, gone]
    await one.send({"type": "websocket.send", "text": "too late"})
    await one.send({"type": "websocket.close", "code": 1000})
    assert server.types == ["accept"]
    await one.refuse(Reason.WITHDRAWN)
    assert server.sent[1:] == [
        {"type": "websocket.send", "text": '{"type":"auth.revoked","retry":"never"}'},
        {"type": "websocket.close", "code": 4410, "reason": "revoked"},
    ]


async def test_a_cut_before_the_application_accepts_is_a_refusal() -> None:
    server = Server()
    one = await connected(server, denial=True)
    await one.receive()
    assert one.cut(Reason.WITHDRAWN)
    await one.refuse(Reason.WITHDRAWN)
    await one.send({"type": "websocket.accept"})
    assert server.types == ["http.response.start", "http.response.body"]
    assert server.sent[0]["status"] == 410


async def test_a_cut_wakes_an_application_that_waits() -> None:
    one = await running(Server())
    waiting = asyncio.ensure_future(one.receive())
    await asyncio.sleep(0)
    assert one.cut(Reason.EXPIRED)
    assert await waiting == {"type": "websocket.disconnect", "code": 4419}
    assert waiting.cancelling() == 0, "the interruption is taken back"


async def test_a_cut_in_the_turn_of_a_frame_wins() -> None:
    server = Server()
    one = await running(server)
    waiting = asyncio.ensure_future(one.receive())
    await asyncio.sleep(0)
    server.say("a")
    assert one.cut(Reason.EXPIRED)
    assert (await waiting)["type"] == "websocket.disconnect"


async def test_a_cut_does_not_swallow_anybody_elses_cancellation() -> None:
    one = await running(Server())
    waiting = asyncio.ensure_future(one.receive())
    await asyncio.sleep(0)
    waiting.cancel()
    one.cut(Reason.EXPIRED)
    await asyncio.wait([waiting])
    assert waiting.cancelled()


async def test_a_cancelled_receive_is_cancelled() -> None:
    one = await running(Server())
    waiting = asyncio.ensure_future(one.receive())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()


async def test_a_server_that_swallows_the_interruption_changes_nothing() -> None:
    server = Server()
    one = await running(server)

    async def stubborn() -> Event:
        try:
            return await server.receive()
        except asyncio.CancelledError:
            return {"type": "websocket.receive", "text": "late"}

    one._receive = stubborn
    waiting = asyncio.ensure_future(one.receive())
    await asyncio.sleep(0)
    one.cut(Reason.EXPIRED)
    assert (await waiting)["type"] == "websocket.disconnect"
    assert waiting.cancelling() == 0


async def test_whoever_takes_a_frame_may_cut_by_it() -> None:
    one = await running(Server("mine", "a"))

    async def take(message: Any) -> None:
        one.cut(Reason.BAD_MESSAGE)

    one.reserve(Reserves(lambda event: event, take))
    assert await one.receive() == {"type": "websocket.disconnect", "code": 4400}


async def test_a_cut_after_the_applications_own_close_is_none() -> None:
    server = Server()
    one = await running(server)
    await one.send({"type": "websocket.close", "code": 4000})
    assert not one.cut(Reason.EXPIRED)


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_notice_is_for_open_sockets(accepted: bool) -> None:
    server = Server()
    one = await (running if accepted else connected)(server)
    await one.notify("notice")
    one.cut(Reason.EXPIRED)
    await one.notify("late")
    assert server.texts == ["notice"] * accepted


async def test_a_notice_to_a_peer_that_has_left_is_nothing() -> None:
    one = await running(Server(takes=broken_at("send", ConnectionResetError())))
    await one.notify("notice")


# ── what the application sends ───────────────────────────────────────────────────────────────────


async def test_send_hides_a_second_accept() -> None:
    server = Server()
    one = await connected(server, announce=False, echo="chat.v1")
    await ran(one, flow(Accept()))
    await one.send({"type": "websocket.accept", "subprotocol": "other", "headers": [(b"a", b"b")]})
    await one.send({"type": "websocket.send", "text": "hello"})
    assert server.types == ["accept", "send"]
    assert server.sent[0]["subprotocol"] == "chat.v1"


@pytest.mark.parametrize(
    ("names_protocol", "chosen", "named"),
    [
        (True, {}, "chat.v1"),
        (True, {"subprotocol": None}, "chat.v1"),
        (True, {"subprotocol": "chat.v2"}, "chat.v2"),
        (False, {}, None),
        (False, {"subprotocol": "chat.v2"}, "chat.v2"),
    ],
)
async def test_the_applications_own_protocol_comes_first(
    names_protocol: bool, chosen: Event, named: str | None
) -> None:
    server = Server()
    one = await connected(server, echo="chat.v1", names_protocol=names_protocol)
    event = {"type": "websocket.accept", "headers": [(b"a", b"b")], **chosen}
    before = dict(event)
    await one.send(event)
    assert server.sent[0].get("subprotocol") == named
    assert server.sent[0]["headers"] == [(b"a", b"b")]
    assert event == before


async def test_the_applications_close_is_the_last_thing_sent() -> None:
    server = Server()
    one = await connected(server)
    await one.send({"type": "websocket.accept"})
    await one.send({"type": "websocket.close", "code": 4000})
    await one.send({"type": "websocket.send", "text": "too late"})
    assert server.types == ["accept", "close"]


async def test_the_application_may_refuse_by_itself() -> None:
    server = Server()
    one = await connected(server)
    await one.send({"type": "websocket.http.response.start", "status": 404, "headers": []})
    await one.send({"type": "websocket.http.response.body", "body": b""})
    assert server.types == ["http.response.start", "http.response.body"]


async def test_a_server_that_fails_is_the_applications_business() -> None:
    one = await connected(Server(takes=broken_at("accept", ConnectionResetError())))
    with pytest.raises(ConnectionResetError):
        await one.send({"type": "websocket.accept"})
