"""The suite's front door: what a stranger's test imports, and where it comes from."""

from __future__ import annotations

from importlib import import_module

import pytest

import strategies.conformance as suite

HOMES = {
    "CASES": "cases",
    "Case": "cases",
    "Change": "change",
    "Contender": "contender",
    "Medium": "medium",
    "Outcome": "judge",
    "Sample": "contender",
    "Transcript": "transcript",
    "Verdict": "judge",
    "changer": "change",
    "contenders": "contender",
    "judge": "judge",
}


@pytest.mark.parametrize(("name", "home"), HOMES.items(), ids=HOMES)
def test_the_front_door(name: str, home: str) -> None:
    assert getattr(suite, name) is getattr(import_module(f"strategies.conformance.{home}"), name)


def test_nothing_else_is_promised() -> None:
    assert suite.__all__ == sorted(HOMES)
