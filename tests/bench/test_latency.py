from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest

from bench import latency
from bench.latency import Turn, WrongAnswer, measure
from bench.lineup import Entry, lineup
from bench.people import bad_credentials
from bench.serving import EnvironmentFailed, Served
from strategies import registry
from strategies.conformance import Sample
from strategies.conformance.contender import make_user

ORIGIN = min(registry.pairs()[0].policy.origins or ())
ENTRIES = {entry.key: entry for entry in lineup(registry.pairs(), ORIGIN)}
KEYS = ("querystring/authtoken", "first_message/simplejwt", "cookie/session")


class Clock:
    """Turns that say when they were taken."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def turn(self, name: str) -> Turn:
        def run() -> float:
            assert not gc.isenabled()
            self.taken.append(name)
            return float(len(self.taken))

        return Turn((name, "authenticated"), run)


def rounds(taken: list[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(taken[start : start + size]) for start in range(0, len(taken), size)]


def test_each_round_holds_everybody_once_in_an_order_of_its_own() -> None:
    clock = Clock()
    found = measure([clock.turn(name) for name in "abcd"], rounds=30, warm_up=5, seed=1)
    taken = rounds(clock.taken, 4)
    assert len(taken) == 35
    assert all(sorted(one) == list("abcd") for one in taken)
    assert len(set(taken)) > 10
    assert all(list(series.seconds) == list(range(30)) for series in found.values())
    assert min(found["a", "authenticated"].values) > 4 * 5  # the warm-up is dropped
    assert gc.isenabled()


def test_the_seed_decides_the_order() -> None:
    def order(seed: int) -> list[str]:
        clock = Clock()
        measure([clock.turn(name) for name in "abcd"], rounds=10, warm_up=0, seed=seed)
        return clock.taken

    assert order(1) == order(1) != order(2)


def test_a_wrong_answer_is_counted_and_no_sample() -> None:
    def fail() -> float:
        raise WrongAnswer("let in")

    clock, steps = Clock(), []
    found = measure(
        [Turn(("a", "x"), fail), clock.turn("b")], rounds=3, warm_up=1, seed=1, done=lambda: steps.append(1)
    )
    assert found["a", "x"].failures == ["let in"] * 4  # a wrong answer in the warm-up is one too
    assert found["a", "x"].values == []
    assert len(found["b", "authenticated"].values) == 3
    assert len(steps) == 4


@pytest.mark.usefixtures("committed")
class TestOnAServer:
    @pytest.mark.parametrize("key", KEYS)
    async def test_who_gets_in_is_timed(self, key: str, serve: Callable[[str], Any]) -> None:
        entry, sample = ENTRIES[key], await valid(ENTRIES[key])
        assert 0 < latency.authenticated(serve("daphne"), entry, sample, ORIGIN) < 5

    @pytest.mark.parametrize("key", KEYS)
    async def test_another_name_than_expected_is_a_wrong_answer(self, key: str, serve: Callable[[str], Any]) -> None:
        sample = await valid(ENTRIES[key])
        with pytest.raises(WrongAnswer, match="somebody else"):
            latency.authenticated(serve("daphne"), ENTRIES[key], Sample(sample.token, "eve"), ORIGIN)

    @pytest.mark.parametrize("key", KEYS)
    async def test_a_refusal_is_no_authentication(self, key: str, serve: Callable[[str], Any]) -> None:
        with pytest.raises(WrongAnswer, match="refused"):
            latency.authenticated(serve("daphne"), ENTRIES[key], Sample("no~good", "eve"), ORIGIN)

    @pytest.mark.parametrize("server", ["daphne", "uvicorn"])
    @pytest.mark.parametrize("key", KEYS)
    async def test_who_is_refused_is_timed(self, key: str, server: str, serve: Callable[[str], Any]) -> None:
        entry = ENTRIES[key]
        assert entry.backend
        for samples in (await bad_credentials(entry.backend, count=1)).values():
            assert 0 < latency.refused(serve(server), entry, samples[0], ORIGIN) < 5

    @pytest.mark.parametrize("key", [*KEYS, "tutorial"])
    async def test_who_is_let_in_was_not_refused(self, key: str, serve: Callable[[str], Any]) -> None:
        with pytest.raises(WrongAnswer, match="let in"):
            latency.refused(serve("daphne"), ENTRIES[key], await valid(ENTRIES[key]), ORIGIN)

    async def test_a_refusal_for_another_reason_is_a_wrong_answer(self, serve: Callable[[str], Any]) -> None:
        entry = ENTRIES["first_message/simplejwt"]
        with pytest.raises(WrongAnswer, match="another answer"):
            latency.refused(serve("daphne"), entry, Sample("x" * 9_000, ""), ORIGIN)


def test_a_server_that_is_gone_is_the_environments_fault(tmp_path: Any) -> None:
    nobody = Served("daphne", "127.0.0.1", 1, tmp_path, pid=0)
    with pytest.raises(EnvironmentFailed, match="daphne does not answer any more"):
        latency.authenticated(nobody, ENTRIES["control-none"], Sample("", ""), ORIGIN)


async def valid(entry: Entry) -> Sample:
    assert entry.backend
    user = await make_user()
    return Sample(await entry.backend.issue(user), user.get_username())
