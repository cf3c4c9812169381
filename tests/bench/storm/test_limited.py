from __future__ import annotations

from bench.storm.limited import served
from strategies.gate import Gate
from strategies.limits import Limits


def test_the_pairs_have_the_default_limits_and_share_them() -> None:
    (limits,) = {
        id(one): one for one in (gate.callback.limits for gate in served if isinstance(gate.callback, Gate))
    }.values()
    assert limits == Limits()
