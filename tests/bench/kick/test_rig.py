from __future__ import annotations

import pytest

from bench.kick import rig
from bench.serving import EnvironmentFailed
from core.services.programs import ProgramMissing


def test_in_memory_one_process_does_both() -> None:
    assert set(rig.LAYERS) == {"memory", "pubsub", "queues"}


def test_without_redis_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise ProgramMissing("redis-server is not installed")

    monkeypatch.setattr(rig, "Redis", missing)
    monkeypatch.delenv("REDIS_URL", raising=False)
    with pytest.raises(EnvironmentFailed, match="redis-server"), rig._redis():
        pass


def test_a_redis_that_is_named_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    with rig._redis() as url:
        assert url == "redis://127.0.0.1:1/0"
