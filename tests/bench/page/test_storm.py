from __future__ import annotations

import pytest

from bench.given import STORMS
from bench.page.storm import TITLES, kicks, log_outs, missing, shown
from tests.bench import made

EMPTY = {kind: [] for kind in (*STORMS, "slo", "recovery")}
"""A storm without anything, as a file never is."""


def test_a_storm_is_shown_with_all_it_has() -> None:
    (one,) = shown(made.results(storms=[made.storm()]))
    assert len(one.figures) == 6
    assert len(one.lamps) == 4
    assert [lamp.name for lamp in one.lit] == ["Steal", "Generator"]
    assert one.title.startswith("Run 1, daphne, sqlite 3: ")


@pytest.mark.parametrize(
    ("kind", "figures"),
    [("closed", 2), ("open", 1), ("memory", 1), ("reconnects", 1), ("recovery", 1), ("counts", 0)],
)
def test_each_kind_has_its_figures_and_nothing_else(kind: str, figures: int) -> None:
    (one,) = shown(made.results(storms=[made.storm(**{**EMPTY, kind: getattr(made.storm(), kind)})]))
    assert len(one.figures) == figures
    assert kind not in TITLES or TITLES[kind] in one.title


def test_log_outs_share_a_figure_and_each_has_its_lamps() -> None:
    assert log_outs(made.results()) is None
    found = made.results(kicks=[made.kick(), made.kick(wrong={"lived on": 2})])
    assert log_outs(found)
    good, bad = kicks(found)
    assert good.lit == []
    assert [(lamp.name, lamp.value) for lamp in bad.lit] == [("Wrong ends", "2")]
    assert good.title == "2 × daphne, sqlite 3 (1): 1,000 connections, 6 log-outs, pubsub"


def test_what_is_missing_is_said_with_its_command() -> None:
    found = [one.command for one in missing(made.results())]
    assert found == [*(f"{command} --json > FILE" for command in STORMS.values()), "manage.py kick --json > FILE"]
    assert missing(made.everything()) == []
    assert [one.what for one in missing(made.everything(storms=[made.storm(memory=[])]))] == [TITLES["memory"]]
