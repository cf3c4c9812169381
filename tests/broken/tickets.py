"""Broken ways to see that a credential is good once, and at its place."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from strategies.backend import Identity, Place
from strategies.backends.ticket import Ticket, _digest
from strategies.models import Ticket as Row
from strategies.refusal import Reason, Refused
from strategies.registry import Pair
from strategies.wire import App

from .table import broken


class Meddling(Ticket):
    """Tickets as they are, with something done to each before it is looked at.

    One transaction for those that are looked up together: else a disk keeps the other cases waiting.
    """

    @transaction.atomic
    def _used(self, presented: Sequence[tuple[str, Place]]) -> list[Identity | Exception]:
        return [self._alone(digest, place) for digest, place in presented]

    def _alone(self, digest: str, place: Place) -> Identity | Exception:
        row = Row.objects.filter(digest=digest).first()
        try:
            (found,) = super()._used([(digest, self.meddle(row, place) if row else place)])
        except Refused as refused:
            return refused
        return found

    def meddle(self, row: Row, place: Place) -> Place:
        """The place at which it will seem to be presented."""
        raise NotImplementedError


def change(row: Row, **fields: Any) -> None:
    Row.objects.filter(pk=row.pk).update(**fields)


def meddling(kind: type[Meddling], pair: Pair, app: App) -> App:
    return replace(pair, backend=kind()).guard(app)


class Again(Meddling):
    def meddle(self, row: Row, place: Place) -> Place:
        change(row, claim="")
        return place


@broken("header/ticket", {"used-twice", "used-at-once", "used-elsewhere", "revoked"})
def takes_a_ticket_again(pair: Pair, app: App) -> App:
    return meddling(Again, pair, app)


@broken("header/ticket", {"used-at-once"})
def looks_first_and_writes_later(pair: Pair, app: App) -> App:
    class LookThenWrite(Again):
        async def verify_at(self, token: str, place: Place) -> Identity:
            if await Row.objects.filter(digest=_digest(token)).exclude(claim="").aexists():
                raise Refused(Reason.INVALID)
            await asyncio.sleep(0.05)  # as long as it takes others to come
            return await super().verify_at(token, place)

    return meddling(LookThenWrite, pair, app)


@broken("header/ticket", {"used-late", "expired"})
def never_looks_at_the_age_of_a_ticket(pair: Pair, app: App) -> App:
    class Ageless(Meddling):
        def meddle(self, row: Row, place: Place) -> Place:
            change(row, expires_at=timezone.now() + timedelta(days=1))
            return place

    return meddling(Ageless, pair, app)


@broken("header/ticket", {"other-route"})
def never_looks_at_the_route_of_a_ticket(pair: Pair, app: App) -> App:
    class AnyRoute(Meddling):
        def meddle(self, row: Row, place: Place) -> Place:
            return replace(place, path=row.path)

    return meddling(AnyRoute, pair, app)


@broken("header/ticket", {"other-origin", "used-elsewhere"})
def never_looks_at_the_page_of_a_ticket(pair: Pair, app: App) -> App:
    class AnyPage(Meddling):
        def meddle(self, row: Row, place: Place) -> Place:
            return replace(place, origin=row.origin)

    return meddling(AnyPage, pair, app)


@broken("header/ticket", {"used-elsewhere"})
def leaves_a_ticket_that_was_tried_elsewhere(pair: Pair, app: App) -> App:
    class Forgiving(Meddling):
        def meddle(self, row: Row, place: Place) -> Place:
            if row.path and row.origin != (place.origin or ""):
                raise Refused(Reason.INVALID)
            return place

    return meddling(Forgiving, pair, app)


@broken("header/ticket", {"bound"})
def takes_itself_for_another_route(pair: Pair, app: App) -> App:
    class Elsewhere(Meddling):
        def meddle(self, row: Row, place: Place) -> Place:
            return replace(place, path="/nowhere/")

    return meddling(Elsewhere, pair, app)
