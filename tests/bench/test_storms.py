from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from bench.fields import BadFigures
from bench.storms import Kick, Storm
from tests.bench import made


def test_they_survive_the_results() -> None:
    for kind, one in ((Storm, made.storm()), (Storm, made.failing_storm()), (Kick, made.kick())):
        assert kind.from_json(json.loads(json.dumps(asdict(one)))) == one


@pytest.mark.parametrize("kind", ["closed", "open", "memory", "reconnects", "refusals", "recovery", "counts"])
def test_a_wrong_answer_of_any_kind_is_carried(kind: str) -> None:
    """The controls' as everybody's."""
    fine = getattr(made.storm(), kind)
    storm = made.storm(**{kind: [*fine[:-1], replace(fine[-1], failures={"hung up": 2, "refused": 1})]})
    assert storm.failures == {fine[-1].key: 3}


def test_wrong_answers_add_up() -> None:
    assert made.storm().failures == {}
    assert made.failing_storm().failures == {"header/one": 2 + 4 + 5}


def test_a_goal_must_be_one() -> None:
    told = asdict(made.kick())
    told["goals"][0]["goal"] = "fame"
    with pytest.raises(BadFigures, match="goal is none of"):
        Kick.from_json(told)
