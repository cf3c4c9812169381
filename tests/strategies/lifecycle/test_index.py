"""Held against the plain way: a set of connections for each key."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from strategies.lifecycle.index import Index

KEYS = [(kind, name) for kind in ("user", "token") for name in "ab"]
ONES: list[Any] = [object() for _ in range(4)]


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(ONES), st.sets(st.sampled_from(KEYS)))))
def test_finds_what_was_added_and_not_removed(steps: list[Any]) -> None:
    index = Index()
    plain: dict[Any, set[Any]] = {key: set() for key in KEYS}
    for adds, one, keys in steps:
        (index.add if adds else index.remove)(one, keys)
        for key in keys:
            (plain[key].add if adds else plain[key].discard)(one)
    assert {key: set(index.find(key)) for key in KEYS} == plain
    assert {key: index.count(key) for key in KEYS} == {key: len(ones) for key, ones in plain.items()}
    assert len(index) == len([key for key in KEYS if plain[key]])
