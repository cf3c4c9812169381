from __future__ import annotations

import random
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.statistics import Ratio, Word
from bench.storm.figures import Against, Block, Neighbours, Row, added, beyond, inverse, later, rows, share, speed

POSITIVE = st.floats(1e-5, 1e-2)


def block(each: float, cpu: float, *, count: int = 100, latency: float | None = None) -> Block:
    latencies = [each if latency is None else latency] * count
    return Block(count, each * count, cpu * count, generator=1e-4 * count, latencies=latencies)


def said(
    found: dict[str, list[Neighbours]], *references: str, warm_up: dict[str, list[Neighbours]] | None = None
) -> dict[str, Row]:
    """By contender."""
    return {row.key: row for row in rows(found, Against("none", "again", references), seed=1, warm_up=warm_up)}


def noisy(factor: float, extra: float, seed: int, count: int = 30) -> list[tuple[Block, Block]]:
    """Neighbours on a machine whose speed wanders, which both of them see."""
    draw = random.Random(seed)
    found = []
    for _ in range(count):
        pace = draw.uniform(0.5, 2)
        near = draw.gauss(1, 0.01)
        found.append((block(1e-3 * factor * pace * near, 4e-4 + extra), block(1e-3 * pace, 4e-4)))
    return found


@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1, max_size=20), st.floats(1.1, 8))
def test_a_constant_factor_is_found_exactly(pairs: list[tuple[float, float]], factor: float) -> None:
    found = speed([(block(each * factor, cpu), block(each, cpu)) for each, cpu in pairs], seed=1)
    assert found is not None
    assert (found.estimate, found.low, found.high) == pytest.approx((factor, factor, factor))


@given(POSITIVE, POSITIVE, st.floats(0, 3))
def test_a_share_is_that_of_what_was_added(base: float, extra: float, part: float) -> None:
    reference = [(block(1e-3, base + extra), block(1e-3, base))] * 5
    beside = [(block(1e-3, base + part * extra), block(1e-3, base))] * 5
    found = share(beside, reference, seed=1)
    assert found is not None
    assert found.estimate == pytest.approx(part, abs=1e-6)


def test_a_reference_that_adds_nothing_has_no_shares() -> None:
    nothing = [(block(1e-3, 4e-4), block(1e-3, 4e-4))] * 5
    assert share(nothing, nothing, seed=1) is None
    assert share(nothing, [], seed=1) is None


@given(st.floats(0.1, 10), st.floats(0.1, 10))
def test_an_inverse_keeps_the_order(low: float, width: float) -> None:
    turned = inverse(Ratio(low + width / 2, low, low + width))
    assert turned.low <= turned.estimate <= turned.high


def test_words_come_from_the_noise_of_the_run() -> None:
    found = {
        "again": noisy(1, 0, 1),
        "tutorial": noisy(2, 8e-4, 2),
        "ours": noisy(1.001, 8e-5, 3),
    }
    told = said(found, "tutorial")
    assert told["again"].word is None
    assert told["tutorial"].word is Word.SLOWER
    assert told["ours"].word is Word.NO_DIFFERENCE
    assert told["ours"].added["tutorial"].estimate == pytest.approx(0.1)
    assert told["tutorial"].relative is not None
    assert told["tutorial"].relative.estimate == pytest.approx(0.5, rel=0.02)
    assert "tutorial" not in told["tutorial"].added


def test_without_the_control_twice_nothing_is_said() -> None:
    assert said({"ours": noisy(2, 0, 1)})["ours"].word is None


def test_differences_are_of_neighbours() -> None:
    pairs = [(block(1, 5, latency=3), block(1, 4, latency=1)), (block(1, 8, latency=4), block(1, 5, latency=1))]
    assert added(pairs) == [1, 3]
    assert later(pairs) == [2, 3]


def test_failures_are_counted_by_what_came() -> None:
    failed = Block(2, 1.0, 1.0, 1.0, [], ["hung up", "hung up"])
    row = said({"a": [(failed, block(1, 1))]})["a"]
    assert row.failures == {"hung up": 2}
    assert row.handshakes == 2


def broken(one: Block) -> Block:
    """Half of it failed at once, which took no time."""
    half = one.count // 2
    return replace(one, elapsed=one.elapsed / 2, cpu=one.cpu / 2, latencies=[1e-9] * half, failures=["hung up"] * half)


@pytest.mark.parametrize("whose", ["the contender's", "the control's"])
def test_a_round_with_a_failure_is_in_no_figure(whose: str) -> None:
    clean, same = noisy(2, 8e-4, 1), noisy(1, 0, 2)
    one, control = clean[0]
    bad = (broken(one), control) if whose == "the contender's" else (one, broken(control))
    without, told = (said({"ours": beside, "again": same})["ours"] for beside in (clean, [*clean, bad]))
    assert replace(told, handshakes=0, failures={}) == replace(without, handshakes=0, failures={})
    assert told.handshakes == without.handshakes + one.count
    assert sum(told.failures.values()) == (50 if whose == "the contender's" else 0)


def test_the_control_has_a_row_of_its_own_and_its_failures_count_like_everybodys() -> None:
    clean, same = noisy(2, 8e-4, 1), noisy(1, 0, 2)
    one, control = clean[0]
    told = said({"ours": [*clean, (one, broken(control))], "again": same})
    assert list(told) == ["none", "ours", "again"]
    assert (told["none"].handshakes, told["none"].failures) == (61 * 100, {"hung up": 50})
    assert told["none"].cpu == pytest.approx(400)
    assert told["none"].rate is not None
    assert (told["none"].relative, told["none"].added_cpu, told["none"].added) == (None, None, {})
    assert told["ours"].failures == told["again"].failures == {}


def test_a_failure_while_it_warms_up_counts_too_and_nothing_else_does() -> None:
    clean = noisy(2, 8e-4, 1)
    one, control = clean[0]
    early = said({"ours": clean}, warm_up={"ours": [(broken(one), broken(control))]})
    without = said({"ours": clean})
    for key in ("ours", "none"):
        assert early[key].failures == {"hung up": 50}
        assert replace(early[key], failures={}) == replace(without[key], failures={})


def test_a_contender_that_always_fails_has_no_figures() -> None:
    nobody = Block(100, 0.0, 1e-6, 1e-6, [], ["hung up"] * 100)
    found = {"ours": [(nobody, block(1e-3, 4e-4))] * 3, "again": noisy(1, 0, 1), "tutorial": noisy(2, 8e-4, 2)}
    told = said(found, "tutorial")["ours"]
    assert (told.handshakes, told.failures) == (300, {"hung up": 300})
    figures = asdict(told).keys() - {"key", "handshakes", "failures", "rounds", "added"}
    assert {name for name in figures if getattr(told, name) is not None} == set()
    assert told.added == {}


def test_a_control_that_always_fails_leaves_no_words() -> None:
    failing = [(broken(one), control) for one, control in noisy(1, 0, 1)]
    told = said({"ours": noisy(2, 0, 2), "again": failing})
    assert told["ours"].word is None
    assert told["ours"].relative is not None


def test_a_share_pairs_the_rounds_that_both_came_through() -> None:
    """The second round was four times as slow for everybody, and failed for one of them."""
    mine = [(block(1, 5), block(1, 4)), (broken(block(4, 20)), block(4, 16)), (block(1, 5), block(1, 4))]
    theirs = [(block(1, 6), block(1, 4)), (block(4, 90), block(4, 16)), (block(1, 6), block(1, 4))]
    found = share(mine, theirs, seed=1)
    assert found is not None
    assert (found.low, found.estimate, found.high) == (0.5, 0.5, 0.5)


def test_beyond_a_twin_is_a_share_of_the_controls_cpu() -> None:
    plain, more = [(block(1, 5), block(1, 4))] * 6, [(block(1, 7), block(1, 4))] * 6
    found = {
        row.key: row
        for row in rows({"plain": plain, "more": more}, Against("none", "again", twins={"more": "plain"}), 1)
    }
    assert found["more"].over_twin == Ratio(0.5, 0.5, 0.5)
    assert found["plain"].over_twin is None
    assert beyond(more, [(broken(one), control) for one, control in plain], seed=1) is None


def test_a_twin_that_is_not_there_leaves_nothing_to_tell() -> None:
    (_, row) = rows({"more": noisy(2, 0, 1)}, Against("none", "again", twins={"more": "plain"}), 1)
    assert row.over_twin is None


def test_rounds_are_those_that_count() -> None:
    clean = noisy(2, 8e-4, 1, count=7)
    assert said({"ours": [*clean, (broken(clean[0][0]), clean[0][1])]})["ours"].rounds == 7


@given(st.lists(POSITIVE, min_size=1, max_size=20))
def test_the_cpu_of_a_handshake_has_an_interval(cpus: list[float]) -> None:
    row = said({"x/y": [(block(1e-3, cpu), block(1e-3, 4e-4)) for cpu in cpus]})["x/y"]
    assert row.cpu is not None
    assert row.cpu_interval is not None
    assert row.cpu_interval.low <= row.cpu == pytest.approx(row.cpu_interval.estimate)
    assert row.cpu_interval.high >= row.cpu
    assert min(cpus) * 1e6 * (1 - 1e-9) <= row.cpu_interval.low
    assert row.cpu_interval.high <= max(cpus) * 1e6 * (1 + 1e-9)
