from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import fields
from typing import Any

import pytest

from bench.capacity.assumptions import Assumptions, add_assumptions, flag


def parser() -> ArgumentParser:
    made = ArgumentParser()
    add_assumptions(made)
    return made


def test_without_flags_they_are_the_defaults() -> None:
    assert Assumptions.of(vars(parser().parse_args([]))) == Assumptions()
    assert Assumptions().changed() == []


@pytest.mark.parametrize("one", fields(Assumptions), ids=lambda one: one.name)
def test_each_has_a_flag_a_unit_and_a_reason(one: Any) -> None:
    name = one.name
    text = "0.5" if name == "utilisation" else "7"
    given = Assumptions.of(vars(parser().parse_args([flag(name), text])))
    assert getattr(given, name) == float(text)
    assert given.changed() == [f"{flag(name)} {text}"]
    (told,) = [line for line in given.told() if line[0] == flag(name)]
    assert told[1].startswith(f"{text} ")
    assert len(told[2]) > 10
    assert flag(name) in parser().format_help()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--connections", "0"],
        ["--connections", "1.5"],
        ["--storm", "-1"],
        ["--utilisation", "1"],
        ["--utilisation", "70"],
        ["--revocations-per-second", "-1"],
        ["--lifetime", "nan"],
    ],
)
def test_what_can_not_be(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(arguments)
    assert ended.value.code == 2
    assert repr(arguments[1]) in capsys.readouterr().err


def test_nothing_may_happen_where_nothing_need_happen() -> None:
    given = vars(parser().parse_args(["--revocations-per-second", "0", "--limit-operations", "0"]))
    assert Assumptions.of(given).revocations_per_second == 0


def test_a_million_reads_as_one() -> None:
    assert ("--connections", "1,000,000 sockets") in [line[:2] for line in Assumptions().told()]
