"""Broken ways to look after an open connection: its end, a fresh credential, what is taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from strategies import messages
from strategies.backend import Identity
from strategies.gate import Gate
from strategies.handshake import Scope
from strategies.lifecycle.connection import Connection, reread
from strategies.refusal import Reason
from strategies.registry import Pair
from strategies.wire import App, Event, Receiver, Sender

from .table import HAPPENS, broken, gated


class Loose(Connection):
    """Without slots: anything of it can be exchanged."""

    @classmethod
    def of(cls, connection: Connection) -> Loose:
        loose = cls.__new__(cls)
        for name in Connection.__slots__:
            if hasattr(connection, name) and not name.startswith("__"):
                setattr(loose, name, getattr(connection, name))
        return loose


def tinkered(pair: Pair, app: App, tinker: Callable[[Any], None]) -> App:
    """The pair, with something done to each connection that it lets in."""

    class Tinkered(Gate):
        def _connection(self, *parts: Any) -> Connection:
            return Loose.of(super()._connection(*parts))

        async def _let_in(self, *parts: Any) -> Connection:
            connection = await super()._let_in(*parts)
            tinker(connection)
            return connection

    return gated(Tinkered, pair, app)


# ── the end of a credential ──────────────────────────────────────────────────────────────────────


@broken("header/simplejwt", {"expires-live"})
def lives_on_when_its_credential_has_ended(pair: Pair, app: App) -> App:
    return pair.under(expiry_grace=3600.0).guard(app)


@broken("header/simplejwt", {"expires-live"})
def ends_without_a_warning(pair: Pair, app: App) -> App:
    return pair.under(announce=False).guard(app)


@broken("header/simplejwt", {"expires-live"})
def ends_before_its_time(pair: Pair, app: App) -> App:
    class Hasty(Gate):
        async def _authenticate(self, *parts: Any) -> Identity:
            found = await super()._authenticate(*parts)
            return replace(found, expires_at=(found.expires_at or 0) - 2)

    return gated(Hasty, pair, app)


@broken("challenge/shared_key", {"max-age"})
def becomes_as_old_as_it_likes(pair: Pair, app: App) -> App:
    return pair.under(max_age=None).guard(app)


# ── a fresh credential ───────────────────────────────────────────────────────────────────────────


@broken("header/simplejwt", {"refreshed"})
def forgets_a_fresh_credential(pair: Pair, app: App) -> App:
    def tinker(connection: Any) -> None:
        connection.renew = lambda fresh: None

    return tinkered(pair, app, tinker)


@broken("header/simplejwt", {"refresh-older"})
def lets_a_refresh_shorten_its_life(pair: Pair, app: App) -> App:
    def tinker(connection: Any) -> None:
        connection.renew = connection.update

    return tinkered(pair, app, tinker)


@broken("header/simplejwt", {"refreshed", "refresh-older"})
def shows_a_refresh_to_the_application(pair: Pair, app: App) -> App:
    async def broken(scope: Scope, receive: Receiver, send: Sender) -> None:
        heard: list[Event] = []

        async def listening() -> Event:
            event = await receive()
            if messages.is_type(event.get("text") or "", "auth.refresh"):
                heard.append(event)
            return event

        async def inner(clean: Scope, get: Receiver, put: Sender) -> None:
            async def more() -> Event:
                if not heard:
                    heard.append(await get())
                return heard.pop(0)

            await app(clean, more, put)

        await pair.guard(inner)(scope, listening, send)

    return broken


@broken("header/simplejwt", {"refresh-other-user"})
def takes_anybodys_refresh(pair: Pair, app: App) -> App:
    def tinker(connection: Any) -> None:
        async def judged(message: dict[str, Any]) -> Identity:
            return await connection._asked(message)

        connection._judged = judged

    return tinkered(pair, app, tinker)


@broken("header/simplejwt", {"refresh-bad"})
def lives_on_after_a_bad_refresh(pair: Pair, app: App) -> App:
    def tinker(connection: Any) -> None:
        end = connection.end
        connection.end = lambda reason: None if reason is Reason.INVALID else end(reason)

    return tinkered(pair, app, tinker)


@broken("header/simplejwt", {"refresh-bare"})
def takes_a_refresh_without_a_credential(pair: Pair, app: App) -> App:
    def tinker(connection: Any) -> None:
        asked = connection._asked

        async def lenient(message: dict[str, Any]) -> Identity:
            return await (asked(message) if "token" in message else reread(connection.backend, connection.for_backend))

        connection._asked = lenient

    return tinkered(pair, app, tinker)


@broken("cookie/session", {"refresh-bare"})
def wants_a_cookie_to_be_sent_again(pair: Pair, app: App) -> App:
    def tinker(connection: Any) -> None:
        connection._ambient = False

    return tinkered(pair, app, tinker)


@broken("header/ticket", {"refresh-flood"})
def takes_refreshes_without_end(pair: Pair, app: App) -> App:
    return pair.under(refreshes_per_minute=1_000).guard(app)


@broken("first_message/authtoken", {"refresh-first"})
def takes_a_refresh_for_an_auth(pair: Pair, app: App) -> App:
    async def broken(scope: Scope, receive: Receiver, send: Sender) -> None:
        frames = 0

        async def renamed() -> Event:
            nonlocal frames
            event = await receive()
            frames += event["type"] == "websocket.receive"
            if frames == 1 and messages.is_type(event.get("text") or "", "auth.refresh"):
                return {**event, "text": event["text"].replace("auth.refresh", "auth")}
            return event

        await pair.guard(app)(scope, renamed, send)

    return broken


@broken("header/authtoken", {"reserved-type"})
def takes_no_notice_of_what_no_client_sends(pair: Pair, app: App) -> App:
    def tinker(connection: Any) -> None:
        async def take(message: dict[str, Any]) -> None:
            if message["type"] == "auth.refresh":
                await connection._refresh(message)

        connection.take = take

    return tinkered(pair, app, tinker)


# ── what happens elsewhere ───────────────────────────────────────────────────────────────────────


@broken("header/authtoken", HAPPENS)
def notices_nothing(pair: Pair, app: App) -> App:
    """What every other package does."""

    def tinker(connection: Any) -> None:
        end = connection.end
        connection.end = lambda reason: None if reason is Reason.WITHDRAWN else end(reason)

    return tinkered(pair, app, tinker)


@broken("header/authtoken", {"revoked-by-hand-live", "password-changed-live"})
def reads_no_journal_and_asks_again(pair: Pair, app: App) -> App:
    def tinker(connection: Any) -> None:
        hub: Any = connection._home
        hub._index.remove(connection, connection.keys)

    return tinkered(pair, app, tinker)


@broken("header/authtoken", {"behind-the-orm-live"})
def never_asks_again(pair: Pair, app: App) -> App:
    return pair.under(recheck=None).guard(app)


@broken("header/authtoken", {"revoked-by-hand-live", "deactivated-live"})
def ends_everybody_with_one(pair: Pair, app: App) -> App:
    present: list[Callable[[Reason], None]] = []

    def tinker(connection: Any) -> None:
        end = connection.end
        present.append(end)

        def together(reason: Reason) -> None:
            for one in present if reason is Reason.WITHDRAWN else [end]:
                one(reason)

        connection.end = together

    return tinkered(pair, app, tinker)


@broken("header/authtoken", HAPPENS)
def lets_the_application_have_the_last_word(pair: Pair, app: App) -> App:
    async def broken(scope: Scope, receive: Receiver, send: Sender) -> None:
        async def more(event: Event) -> None:
            await send(event)
            if messages.is_type(event.get("text") or "", "auth.revoked"):
                await send({"type": "websocket.send", "text": '{"type":"echo","data":"still there"}'})

        await pair.guard(app)(scope, receive, more)

    return broken


@broken("header/authtoken", {"deactivated-meanwhile", "behind-the-orm-live"})
def forgets_what_happens_while_it_checks(pair: Pair, app: App) -> App:
    class Forgetful(Gate):
        async def _authenticate(self, *parts: Any) -> Identity:
            async def nothing(_: Identity) -> None: ...

            found = await super()._authenticate(*parts[:-1], nothing)  # in place of what holds it against them
            await asyncio.sleep(1.0)  # longer than it takes to deactivate somebody, while other cases are judged
            return found

    return gated(Forgetful, pair.under(recheck=None, deadline=30.0), app)
