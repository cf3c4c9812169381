from __future__ import annotations

from bench.lineup import AGAIN, CONTROL, lineup
from strategies import registry

ORIGIN = "https://app.example"
ENTRIES = lineup(registry.pairs(), ORIGIN)


def test_pairs_first_then_the_controls() -> None:
    keys = [entry.key for entry in ENTRIES]
    assert keys == [*(pair.key for pair in registry.pairs()), CONTROL, AGAIN, "control-session", "tutorial"]


def test_pairs_are_judged_in_both_refuse_modes_and_count() -> None:
    for entry in ENTRIES[: len(registry.pairs())]:
        assert entry.counted
        assert {mode: one.policy.refuse for mode, one in entry.judged.items()} == {
            "handshake": "handshake",
            "close": "close",
        }
        assert entry.judged["handshake"].path == entry.path == f"/ws/{entry.key}/"
        assert entry.judged["close"].path == f"/close/ws/{entry.key}/"


def test_controls_do_not_count_and_are_asked_for_origins_too() -> None:
    controls = {entry.key: entry for entry in ENTRIES if not entry.counted}
    assert not controls[CONTROL].judged
    assert controls[CONTROL].path == controls[AGAIN].path
    for key in ("control-session", "tutorial"):
        (contender,) = controls[key].judged.values()
        assert contender.origin == ORIGIN
        assert not contender.documented


def test_a_selection_still_has_its_controls() -> None:
    assert [entry.key for entry in lineup(registry.pairs()[:1], ORIGIN) if not entry.counted] == [
        entry.key for entry in ENTRIES if not entry.counted
    ]
