"""Held against the plain way: a set of connections for each key."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from strategies.lifecycle.index import Index, key

KEYS = [key(kind, name) for kind in ("user", "token") for name in "ab"]
ONES: list[Any] = [object() for _ in range(4)]


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(ONES), st.sets(st.sampled_from(KEYS)))))
def test_finds_what_was_added_and_not_removed(steps: list[Any]) -> None:
    index = Index()
    plain: dict[Any, set[Any]] = {one: set() for one in KEYS}
    for adds, one, keys in steps:
        (index.add if adds else index.remove)(one, keys)
        for each in keys:
            (plain[each].add if adds else plain[each].discard)(one)
    assert {each: set(index.find(each)) for each in KEYS} == plain
    assert {each: index.count(each) for each in KEYS} == {each: len(ones) for each, ones in plain.items()}
    assert len(index) == len([each for each in KEYS if plain[each]])


def test_a_key_tells_kinds_and_names_apart() -> None:
    names = ["1", "2", ""]
    assert len({key(kind, name) for kind in ("user", "token", "session") for name in names}) == 9
    assert key("user", "1") == key("user", "".join(["1"]))
