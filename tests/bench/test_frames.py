from __future__ import annotations

import pytest

from bench import frames
from bench.frames import talking
from core.consumers import LabConsumer
from strategies import registry
from strategies.conformance.contender import make_user
from strategies.conformance.probe import witness

ORIGIN = min(registry.pairs()[0].policy.origins or ())


@pytest.mark.django_db(transaction=True)
async def test_frames_go_there_and_back_behind_every_strategy(each_strategy: registry.Pair) -> None:
    token = await each_strategy.backend.issue(await make_user())
    gate = each_strategy.guard(LabConsumer.as_asgi())  # type: ignore[arg-type]
    async with talking(gate, "/ws/", each_strategy.strategy.client(token), ORIGIN) as peer:
        assert await peer.echo(5) == [0, 1, 2, 3, 4]
        assert await peer.echo(2) == [0, 1]


@pytest.mark.django_db(transaction=True)
async def test_who_is_refused_never_talks(each_strategy: registry.Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "_SECONDS", 0.2)
    gate = each_strategy.guard(witness)
    with pytest.raises(TimeoutError):
        async with talking(gate, "/ws/", each_strategy.strategy.client("not:good"), ORIGIN):
            pytest.fail("it has let somebody in")
