"""Every case against every pair over every medium, written once; strangers included.

One test is one case against one pair over one medium, in both ways of refusing. Most attempts take
milliseconds, some wait for a deadline: so many are under way at a time, and a test asks what came of its
own. Every pair is met in memory and on daphne. uvicorn meets as many backends of each strategy as it takes for every
case; the strict client and the lab's whole routing meet one: what a client or a server makes of an answer, and what a
router makes of a request, depends on how the credential travels, not on what checks it.

Where a case does not apply is written down in `NOT_APPLICABLE`, and held to: a case that stops applying
somewhere is a failure, not a gap.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import cache
from typing import Any

import pytest
from channels.routing import URLRouter

from bench.application import CLOSE_PREFIX, routes
from bench.serving import DENIES_WITH_STATUS
from core.consumers import LabConsumer
from strategies import registry
from strategies.conformance import CASES, Case, Contender, Medium, Outcome, Verdict, contenders, judge
from strategies.conformance.inprocess import InProcess
from strategies.conformance.probe import Probe, witness
from strategies.conformance.sockets import LenientSockets, StrictSockets
from strategies.registry import Pair
from tests.conftest import selected

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("committed")]

PREFIXES = {"handshake": "/", "close": f"/{CLOSE_PREFIX}"}
"""Where `bench.application` serves a pair, by its way of refusing."""

# ── where a case does not apply, and why ─────────────────────────────────────────────────────────

AUTH_MESSAGE = {  # about the `auth` message
    "binary", "not-json", "empty-frame", "json-array", "no-token", "token-number", "token-null", "token-list",
    "token-object", "token-nul", "surrogate", "nan", "duplicate-keys", "deep", "too-large", "application-first",
    "two-auths", "auth-and-command", "second-auth", "refresh-first",
}  # fmt: skip
ACCEPTS_FIRST = {"silence", "announced"}  # about sockets that are open before there is an identity
IN_HANDSHAKE = {"missing", "duplicate", "duplicate-same"}  # about a credential in the upgrade request
SUBPROTOCOL = {"protocol-named", "no-app-protocol", "bearer64", "bearer-case"}
QUERY = {"array-key", "trailing-junk"}
ONE_TIME = {"used-twice", "used-at-once", "used-late", "used-elsewhere"}  # about credentials that are good once
BOUND = {"bound", "other-route", "other-origin"}  # about credentials that are good at one place
REUSED = ONE_TIME | BOUND
AGE = {"max-age"}  # about a policy that limits it
ENDING = {"expires-live", "refreshed", "refresh-older"}  # about credentials that end soon
JWT = {"not-yet-valid", "no-expiry", "refresh-as-access", "alg-none", "empty-signature"}

NOT_APPLICABLE: dict[str, set[str]] = {
    "querystring": AUTH_MESSAGE | ACCEPTS_FIRST | SUBPROTOCOL | AGE,
    "subprotocol": AUTH_MESSAGE | ACCEPTS_FIRST | QUERY | AGE | {"duplicate-same"},
    "first_message": IN_HANDSHAKE | SUBPROTOCOL | QUERY | AGE,
    "cookie": AUTH_MESSAGE | ACCEPTS_FIRST | SUBPROTOCOL | QUERY | AGE | {"ambient-ignored"},
    "header": AUTH_MESSAGE | ACCEPTS_FIRST | SUBPROTOCOL | QUERY | AGE,
    "challenge": AUTH_MESSAGE | IN_HANDSHAKE | SUBPROTOCOL | QUERY | {"refresh-other-user", "refresh-flood"},
    # and by backend: what there is no credential of
    "authtoken": JWT | REUSED | ENDING | {"expired", "another-key", "password-changed", "no-user"},
    "simplejwt": REUSED | {"password-changed"},
    "simplejwt_stateless": REUSED
    | {
        "unknown",
        "revoked",
        "inactive-user",
        "deleted-user",
        "password-changed",
        "behind-the-orm-live",
        "deactivated-meanwhile",
    },
    "session": JWT | REUSED | {"another-key"},
    "ticket": JWT | ENDING | {"taken-back-live", "another-key", "password-changed", "no-user"},
    "signed": JWT | REUSED | {"taken-back-live", "revoked", "password-changed", "no-user"},
    "shared_key": JWT | REUSED | ENDING | {"taken-back-live", "expired", "another-key", "revoked", "no-user"},
}
NO_SOCKET_YET = "early-frame"
"""Does not apply where a refusal comes before the upgrade: there is no socket to send early frames on."""


def applies(case: Case, pair: Pair, refuse: str) -> bool:
    if case.id == NO_SOCKET_YET and refuse == "handshake":
        return pair.strategy.traits.accepts_first
    return case.id not in NOT_APPLICABLE[pair.strategy_name] | NOT_APPLICABLE[pair.backend_name]


async def test_the_table_names_cases_and_nothing_else() -> None:
    assert set().union(*NOT_APPLICABLE.values()) <= {case.id for case in CASES}


def applicable(pair: Pair) -> set[str]:
    return {case.id for case in CASES if applies(case, pair, "close")}


def covering(pairs: Iterable[Pair]) -> list[Pair]:
    """Of each strategy, pairs to which every case applies that applies to any of its pairs; few of them."""
    of_strategy: dict[str, list[Pair]] = {}
    for pair in pairs:
        of_strategy.setdefault(pair.strategy_name, []).append(pair)
    found: list[Pair] = []
    for own in of_strategy.values():
        missing = set().union(*map(applicable, own))
        while missing:
            found.append(max(own, key=lambda pair: len(applicable(pair) & missing)))
            missing -= applicable(found[-1])
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The argument `covering_pair` stands for those of all that the command line asks for."""
    if "covering_pair" in metafunc.fixturenames:
        ones = covering(selected(metafunc.config))
        metafunc.parametrize("covering_pair", ones, ids=[f"{one.strategy_name}-{one.backend_name}" for one in ones])


# ── media ────────────────────────────────────────────────────────────────────────────────────────

Reach = Callable[[str, Pair], Medium]
"""The medium of a name, as it reaches one pair."""


@pytest.fixture(scope="module")
def reach(serve: Callable[[str], Any]) -> Reach:
    routing_probe = Probe()
    routing = URLRouter(routes(routing_probe.wrap(LabConsumer.as_asgi())))

    def find(medium: str, pair: Pair) -> Medium:
        if medium == "memory":  # the gate alone, in front of the smallest application
            probe = Probe()
            return InProcess(pair.guard(probe.wrap(witness)), probe)
        if medium == "asgi":  # the whole routing around the lab's consumer
            return InProcess(routing, routing_probe)
        server, _, strict = medium.partition(" ")
        client = StrictSockets if strict else LenientSockets
        served = serve(server)
        return client(served.host, served.port, name=medium, denies_with_status=DENIES_WITH_STATUS[server])

    return find


@cache
def as_contenders(refuse: str) -> dict[str, Contender]:
    pairs = [pair.under(refuse=refuse) for pair in registry.pairs()]
    return dict(zip((pair.key for pair in pairs), contenders(pairs, prefix=PREFIXES[refuse]), strict=True))


# ── the matrix ───────────────────────────────────────────────────────────────────────────────────

AT_ONCE = 12
"""Cells at a time: enough that those which wait for a deadline hide behind the others."""
PATIENCE = 30.0
"""Seconds: on a busy machine a cell waits for the others, too."""
LASTING = 60
"""The same of those that wait for seconds."""
TIMED = {"silence"}
"""Cases that take a time, and hold it to half a second."""
Verdicts = dict[str, Verdict]
"""By way of refusing."""
Judged = Callable[[str, Pair, Case], Awaitable[Verdicts]]
Record = Callable[[str, object], None]

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


@pytest.fixture(scope="module")
def judged(reach: Reach, request: pytest.FixtureRequest) -> Judged:
    """What came of one case against one pair over one medium.

    Who asks for the first of a medium waits for all that this run will ask for: between two tests the event
    loop stands still, and time would run out for whatever was under way.
    """
    turnstile, lasting = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(LASTING)
    done: dict[str, dict[tuple[str, str], Verdicts | BaseException]] = {}

    async def in_turn(pair: Pair, case: Case, medium: str) -> Verdicts:
        async with lasting if case.lasts else turnstile:
            return await both_ways(pair, case, medium, reach)

    async def ask(medium: str, pair: Pair, case: Case) -> Verdicts:
        if medium not in done:
            here = (item for item in request.session.items if item.path == request.path)
            asked = {(one.key, row.id): (one, row) for where, one, row in cells(here) if where == medium}
            done[medium] = {}
            for timed in (False, True):  # these last, on their own: they would wait for all the others, too
                turn = {key: in_turn(*cell, medium) for key, cell in asked.items() if (key[1] in TIMED) is timed}
                found = await asyncio.gather(*turn.values(), return_exceptions=True)
                done[medium] |= dict(zip(turn, found, strict=True))
        verdicts = done[medium][pair.key, case.id]
        if isinstance(verdicts, BaseException):
            raise verdicts
        return verdicts

    return ask


def cells(items: Iterable[pytest.Item]) -> Iterator[tuple[str, Pair, Case]]:
    """Medium, pair and case of every test of the matrix among these."""
    for item in items:
        own = dict(item.callspec.params) if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        if "case" in own:
            medium, case = own.pop("medium"), own.pop("case")
            (pair,) = own.values()
            yield medium, pair, case


@pytest.mark.parametrize("medium", ["memory", "daphne"])
@every_case
async def test_matrix(each_pair: Pair, case: Case, medium: str, judged: Judged, record_property: Record) -> None:
    assert_expected(each_pair, case, await judged(medium, each_pair, case), record_property)


@pytest.mark.parametrize("medium", ["uvicorn"])
@every_case
async def test_as_many_backends_as_it_takes(
    covering_pair: Pair, case: Case, medium: str, judged: Judged, record_property: Record
) -> None:
    assert_expected(covering_pair, case, await judged(medium, covering_pair, case), record_property)


@pytest.mark.parametrize("medium", ["asgi", *(f"{server} strict" for server in DENIES_WITH_STATUS)])
@every_case
async def test_one_backend_of_a_strategy(
    each_strategy: Pair, case: Case, medium: str, judged: Judged, record_property: Record
) -> None:
    assert_expected(each_strategy, case, await judged(medium, each_strategy, case), record_property)


async def both_ways(pair: Pair, case: Case, medium: str, reach: Reach) -> Verdicts:
    ways = [(as_contenders(refuse)[pair.key], pair.under(refuse=refuse)) for refuse in PREFIXES]
    found = await asyncio.gather(
        *(judge(case, contender, reach(medium, way), patience=PATIENCE) for contender, way in ways)
    )
    return dict(zip(PREFIXES, found, strict=True))


def assert_expected(pair: Pair, case: Case, verdicts: Verdicts, record: Record) -> None:
    for verdict in verdicts.values():
        record("verdict", f"{verdict.outcome}: {verdict.reason}" if verdict.reason else str(verdict.outcome))
    for refuse, verdict in verdicts.items():
        expected = Outcome.EXPECTED if applies(case, pair, refuse) else Outcome.NOT_APPLICABLE
        assert verdict.outcome == expected, f"{case.title} ({case.threat or 'basics'}, {refuse}): {verdict.reason}"
