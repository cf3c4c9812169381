"""The suite's front door: what a stranger's test imports."""

from __future__ import annotations

import strategies.conformance as suite
from strategies.conformance import cases, contender, judge, medium


def test_the_front_door() -> None:
    assert suite.__all__ == sorted(suite.__all__)
    assert suite.CASES is cases.CASES
    assert (suite.Case, suite.Medium) == (cases.Case, medium.Medium)
    assert (suite.Contender, suite.Sample, suite.contenders) == (
        contender.Contender,
        contender.Sample,
        contender.contenders,
    )
    judged = (judge.Outcome, judge.Verdict, judge.judge)
    assert (suite.Outcome, suite.Verdict, suite.judge) == judged
