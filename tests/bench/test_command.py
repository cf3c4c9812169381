"""What the measuring commands share; each of them is tested by its own command line too."""

from __future__ import annotations

import os
import signal
import tempfile
from argparse import ArgumentTypeError
from asyncio import CancelledError
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from bench.command import SEEDS, MeasuringCommand, ascending, number, origin_of, seed_of, served_pairs, usage
from bench.serving import EnvironmentFailed
from strategies import registry
from strategies.registry import Pair


class Toy(MeasuringCommand):
    exit_codes = "exit codes"

    def __init__(self, does: Callable[[], None]) -> None:
        super().__init__()
        self._does = does

    def measure(self, options: dict[str, Any]) -> None:
        self._does()


def raising(error: BaseException) -> Callable[[], None]:
    def does() -> None:
        raise error

    return does


@pytest.mark.parametrize("text", ["0", "-1", "x", "", "nan", "inf", "1e6", "1000001"])
def test_no_number(text: str) -> None:
    with pytest.raises(ArgumentTypeError) as told:
        number(float)(text)
    assert str(told.value) == f"{text!r} is no number above 0 and below 1,000,000"


def test_a_part_is_no_whole_number() -> None:
    assert number(float)("1.5") == 1.5
    with pytest.raises(ArgumentTypeError, match=r"'1\.5' is no whole number"):
        number(int)("1.5")


def test_a_list_that_ascends() -> None:
    assert ascending(number(int))("100,200,400") == (100, 200, 400)
    assert ascending(number(float))("0.5") == (0.5,)


@pytest.mark.parametrize("text", ["", "2,1", "1,1", "1;2", "1,", "1", "0,1"])
def test_no_list_that_ascends(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        ascending(number(int), least=2)(text)


@pytest.mark.parametrize(("text", "good"), [("-0.5", True), ("-1", False), ("0.99", True), ("1", False)])
def test_the_ends_are_not_included(text: str, good: bool) -> None:
    read = number(float, above=-1, below=1)
    if good:
        assert read(text) == float(text)
    else:
        with pytest.raises(ArgumentTypeError):
            read(text)


@pytest.mark.parametrize("error", [EnvironmentFailed("no server"), ImproperlyConfigured("no"), OSError("no room")])
def test_an_environment_that_fails_is_told_by_its_code(error: Exception) -> None:
    with pytest.raises(CommandError, match=str(error)) as told:
        Toy(raising(error)).handle()
    assert told.value.returncode == 3
    assert told.value.__suppress_context__


def test_usage_has_its_own_code() -> None:
    assert usage("--what").returncode == 2


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_with_a_code_of_its_own(
    number: signal.Signals, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended:
        Toy(lambda: signal.raise_signal(number)).handle()
    assert ended.value.code == code
    assert capsys.readouterr().err == "Interrupted.\n"
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_interruption_may_come_as_a_cancellation(capsys: pytest.CaptureFixture[str]) -> None:
    """As asyncio tells it between taking the signal over and running."""
    with pytest.raises(SystemExit) as ended:
        Toy(raising(CancelledError())).handle()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_what_it_leaves_in_the_temporary_folder_goes_with_it() -> None:
    before, made = tempfile.gettempdir(), []

    def does() -> None:
        made.append(Path(tempfile.mkstemp()[1]))

    Toy(does).handle()
    assert not made[0].parent.exists()
    assert str(made[0].parent) != before == tempfile.gettempdir()


def test_a_command_line_is_read_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("the fixed environment came first"))
    with pytest.raises(SystemExit) as ended:
        Toy(lambda: None).run_from_argv(["manage.py", "toy", "--unknown"])
    assert ended.value.code == 2


def test_a_seed_is_kept_or_drawn() -> None:
    assert seed_of({"seed": 0}) == 0
    assert 0 <= seed_of({"seed": None}) < SEEDS


def test_pairs_are_those_that_are_named() -> None:
    assert [pair.key for pair in served_pairs({"pairs": "cookie/session"})] == ["cookie/session"]
    assert served_pairs({"pairs": None}) == registry.pairs()
    with pytest.raises(CommandError, match="--pairs: no pair 'x/y'") as told:
        served_pairs({"pairs": "x/y"})
    assert told.value.returncode == 2


def test_settings_that_serve_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "pairs", lambda: ())
    with pytest.raises(EnvironmentFailed, match="no pair"):
        served_pairs({"pairs": None})


def test_an_origin_is_one_that_is_let_in() -> None:
    pair: Pair = registry.pairs()[0]
    assert pair.policy.origins
    assert origin_of((pair,)) in pair.policy.origins


def test_without_origins_nobody_could_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    open_to_all = next(pair for pair in registry.pairs() if not pair.strategy.traits.ambient).under(origins=None)
    with pytest.raises(EnvironmentFailed, match="no origin"):
        origin_of((open_to_all,))
