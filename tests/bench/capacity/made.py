"""A storm's figures as the command prints them, made up."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from bench.capacity.assumptions import Assumptions
from bench.capacity.figures import Figure


def told(**changes: Any) -> dict[str, Any]:
    row = {"key": "querystring/authtoken", "cpu": 700.0, "cpu_interval": {"high": 800.0}, "failures": {}}
    control = {"key": "tutorial", "cpu": 1500.0, "failures": {}}
    return {"facts": {"cpus": 2}, "parameters": {"server": "daphne"}, "closed": [row, control], **changes}


KEYS = ("querystring/authtoken", "cookie/session", "header/simplejwt", "header/simplejwt_stateless", "tutorial", "x/y")
seconds = st.floats(min_value=1e-5, max_value=0.1)
figures = st.builds(
    lambda key, cpu, more, memory, queries: Figure(key, cpu, cpu * more, memory, queries),
    st.sampled_from(KEYS),
    seconds,
    st.floats(min_value=1, max_value=2),
    st.none() | st.floats(min_value=1, max_value=1e6),
    st.none() | st.floats(min_value=0, max_value=3),
)
assumptions = st.builds(
    Assumptions,
    connections=st.integers(1, 10_000_000),
    storm=st.floats(min_value=0.1, max_value=3600),
    utilisation=st.floats(min_value=0.05, max_value=0.99),
    per_process_limit=st.integers(1, 100_000),
    query_ms=st.floats(min_value=0.01, max_value=1000),
    recheck=st.floats(min_value=1, max_value=3600),
    lifetime=st.floats(min_value=1, max_value=1e6),
    revocations_per_second=st.floats(min_value=0, max_value=1000),
    limit_operations=st.floats(min_value=0, max_value=10),
)
