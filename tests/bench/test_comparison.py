"""The phases of a comparison, with the measuring itself left out; `test_compare` runs whole ones."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.comparison import Rig, compare
from bench.latency import AUTHENTICATED
from bench.people import make_users
from bench.plan import SIZES, Plan
from bench.progress import Lines
from bench.serving import EnvironmentFailed, Served
from strategies import registry

PAIR = registry.pairs()[0]
TINY = replace(SIZES["quick"], rounds=2, refusals=1, warm_up=0, resamples=10)


def test_without_origins_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    plan = Plan(TINY, (PAIR.under(origins=None),), "daphne", 1)
    with pytest.raises(EnvironmentFailed, match="WSAUTH_ORIGINS"):
        compare(plan, Lines(sys.stderr), "")
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("committed")
def test_everybody_authenticates_and_pairs_refuse_both_kinds(
    serve: Callable[[str], Served], capsys: pytest.CaptureFixture[str]
) -> None:
    with asyncio.Runner() as runner:
        rig = Rig(
            Plan(TINY, (PAIR,), "daphne", 1), Lines(sys.stderr), runner, serve("daphne"), min(PAIR.policy.origins or ())
        )
        authenticated, refused = rig.authenticate(runner.run(make_users(3))), rig.refuse()
    assert list(authenticated) == [(entry.key, AUTHENTICATED) for entry in rig.entries]
    assert list(refused) == [(PAIR.key, "malformed"), (PAIR.key, "forged")]
    assert all(len(series.seconds) == 2 and not series.failures for series in authenticated.values())
    assert all(len(series.seconds) == 1 and not series.failures for series in refused.values())
    assert [line.partition(",")[0] for line in capsys.readouterr().err.splitlines()] == [
        "Measuring time to authenticated",
        "Measuring time to refused",
    ]
