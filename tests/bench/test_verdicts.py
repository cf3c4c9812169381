from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bench import verdicts
from bench.lineup import lineup
from bench.serving import DENIES_WITH_STATUS
from bench.verdicts import Attempted, count_attempts, judge_all, merged
from strategies import registry
from strategies.conformance import CASES, Case, Outcome, Transcript, Verdict
from strategies.conformance.sockets import LenientSockets

EXPECTED, WRONG, NOT = (
    Verdict(outcome, "why") for outcome in (Outcome.EXPECTED, Outcome.WRONG, Outcome.NOT_APPLICABLE)
)
ORIGIN = min(registry.pairs()[0].policy.origins or ())
ENTRIES = [entry for entry in lineup(registry.pairs()[:2], ORIGIN) if entry.judged]


@pytest.mark.parametrize(
    ("handshake", "close", "outcome", "reason"),
    [
        (EXPECTED, EXPECTED, Outcome.EXPECTED, "refuse=handshake: why"),
        (NOT, EXPECTED, Outcome.EXPECTED, "refuse=close: why"),
        (NOT, NOT, Outcome.NOT_APPLICABLE, "why"),
        (EXPECTED, WRONG, Outcome.WRONG, "refuse=close: why"),
        (WRONG, NOT, Outcome.WRONG, "refuse=handshake: why"),
    ],
)
def test_one_cell_for_both_refuse_modes(handshake: Verdict, close: Verdict, outcome: Outcome, reason: str) -> None:
    assert merged({"handshake": handshake, "close": close}) == Verdict(outcome, reason)


def test_a_control_has_one_mode_which_nobody_names() -> None:
    assert merged({"": WRONG}) == WRONG


async def test_no_more_at_once_than_asked_and_every_cell_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, done = 0, 0, []

    async def judge(case: Case, *_: Any, transcript: None) -> Verdict:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return Verdict(Outcome.EXPECTED)

    monkeypatch.setattr(verdicts, "judge", judge)
    cells = await judge_all(ENTRIES, CASES, None, at_once=3, done=lambda: done.append(1))  # type: ignore[arg-type]
    assert most == 3
    assert len(done) == count_attempts(ENTRIES, CASES) == len(CASES) * 6  # two pairs in two modes, two controls
    assert list(cells) == [entry.key for entry in ENTRIES]
    assert all(list(column) == [case.id for case in CASES] for column in cells.values())


async def test_those_that_wait_for_a_deadline_begin_first(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []

    async def judge(case: Case, *_: Any, transcript: None) -> Verdict:
        begun.append(case.id)
        return Verdict(Outcome.EXPECTED)

    monkeypatch.setattr(verdicts, "judge", judge)
    entries = lineup([registry.pair("first_message", "authtoken")], ORIGIN)
    await judge_all(entries, CASES, None, at_once=1)  # type: ignore[arg-type]
    lasting = {case.id for case in CASES if case.lasts}
    first = begun[: begun.index(CASES[0].id)]
    assert set(first) == {"silence", *lasting}
    assert first.count("silence") == 2  # the pair's, in both modes: the controls accept nobody before they know
    assert lasting.isdisjoint(begun[len(first) :])


async def test_a_medium_that_fails_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    async def judge(*_: Any, transcript: None) -> Verdict:
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(verdicts, "judge", judge)
    with pytest.raises(ConnectionRefusedError):
        await judge_all(ENTRIES, CASES, None, at_once=2)  # type: ignore[arg-type]


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
async def test_real_verdicts(server: str, serve: Callable[[str], Any]) -> None:
    served = serve(server)
    medium = LenientSockets(served.host, served.port, name=server, denies_with_status=DENIES_WITH_STATUS[server])
    cases = [case for case in CASES if case.id in ("valid", "tampered", "foreign-origin", "inactive-user", "silence")]
    transcripts: dict[Attempted, Transcript] = {}
    cells = await judge_all(ENTRIES, cases, medium, at_once=8, transcripts=transcripts)
    ours = [verdict for entry in ENTRIES if entry.counted for verdict in cells[entry.key].values()]
    assert [one for one in ours if one.outcome is Outcome.WRONG] == []
    assert cells[ENTRIES[0].key]["silence"].outcome is Outcome.NOT_APPLICABLE
    assert cells["tutorial"]["foreign-origin"].outcome is Outcome.WRONG
    assert cells["tutorial"]["inactive-user"].outcome is Outcome.WRONG
    assert len(transcripts) == len(cases) * 6
    told = transcripts[ENTRIES[0].key, "valid", "close"]
    assert "HTTP/1.1 101 Switching Protocols" in told.text
    assert len(told.secrets) == 1
    assert told.secrets[0] not in told.text
