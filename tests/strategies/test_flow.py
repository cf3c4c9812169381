"""The vocabulary: plain values that can't change and don't show what they carry."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from strategies.flow import Accept, Credential, Open, Receive, Send

SECRET = "s3cret"
STEPS = [
    Open(query=(("token", SECRET),), headers=((b"cookie", SECRET.encode()),), subprotocols=(SECRET,)),
    Accept(),
    Receive(),
    Send(SECRET),
    Credential(SECRET),
]
named = pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)


@named
def test_repr_hides_the_secret(step: object) -> None:
    assert repr(step) == str(step) == f"{type(step).__name__}()"


@named
def test_steps_are_values(step: object) -> None:
    same = type(step)(*(getattr(step, field.name) for field in fields(step)))  # type: ignore[arg-type]
    assert same == step
    assert hash(same) == hash(step)


@named
def test_steps_cannot_be_changed(step: object) -> None:
    for field in fields(step):  # type: ignore[arg-type]
        with pytest.raises(FrozenInstanceError):
            setattr(step, field.name, "other")
    assert not hasattr(step, "__dict__")


def test_an_opening_is_empty_unless_said_otherwise() -> None:
    assert Open() == Open(query=(), headers=(), subprotocols=())
