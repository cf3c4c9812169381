from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.capacity.scenario import BEFORE, CROWD, DEADLINE, Outcome, Scenario
from bench.worker import SERVERS


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"clients": 0}, "clients"),
        ({"processes": 0}, "processes"),
        ({"cpu": 0.0}, "cpu"),
        ({"backlog": 0}, "backlog"),
        ({"attempts": 0}, "attempts"),
        ({"before": 1.1}, "before"),
        ({"jitter": -1.0}, "jitter"),
    ],
)
def test_what_can_not_be(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Scenario(**{"clients": 1, "processes": 1, "cpu": 0.001, **changes})


@given(st.integers(1, 10_000_000), st.integers(1, 1_000))
def test_an_excerpt_has_whole_processes_with_the_same_share_of_clients(clients: int, processes: int) -> None:
    whole = Scenario(clients, processes, 0.001)
    part = whole.excerpt()
    assert 1 <= part.processes <= processes
    assert part.clients <= max(CROWD, clients / processes + 1) + 1
    assert part.clients == max(1, round(clients * part.processes / processes))
    assert part == whole or clients > CROWD


def test_every_server_is_known() -> None:
    assert set(BEFORE) == set(DEADLINE) == set(SERVERS)


def test_few_samples_carry_no_percentile() -> None:
    assert Outcome(3, [1.0, 2.0, 3.0]).quantiles() == (None, None)
