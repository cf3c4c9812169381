from __future__ import annotations

from bench.lineup import AGAIN, CONTROL
from bench.storm.lineup import LATE, REFERENCES, everyone, instrument, roles
from strategies import registry

ORIGIN = "https://app.example"


def test_controls_first_then_the_pairs() -> None:
    keys = [one.key for one in everyone(registry.pairs(), ORIGIN)]
    assert keys[:2] == [CONTROL, AGAIN]
    assert set(REFERENCES) < set(keys)
    assert keys[-1] == registry.pairs()[-1].key


def test_the_instrument_is_checked_without_any_credential() -> None:
    those = instrument(ORIGIN)
    assert [one.key for one in those] == [CONTROL, AGAIN, LATE]
    assert all(one.backend is None for one in those)


def test_a_pair_must_be_named_in_its_ready_frame() -> None:
    found = roles(everyone(registry.pairs(), ORIGIN))
    assert found["querystring/authtoken"].names == ("querystring", "authtoken")
    assert found["tutorial"].names == (None, None)
