from __future__ import annotations

import os

from bench.watch import watched


def test_it_tells_what_happened_meanwhile() -> None:
    with watched(os.getpid()) as watch:
        sum(number * number for number in range(300_000))
    rig = watch()
    assert rig.client_share == 0.5  # watching itself: client and server are the same process
    assert rig.load_before >= 0
    assert rig.listen_overflows >= 0
    assert 0 <= rig.steal <= 1
