from __future__ import annotations

from bench.client import Client
from bench.lineup import nothing
from bench.serving import serving
from bench.storm.counts import APPLICATION
from bench.storm.inside import asked

SETTINGS = {"DJANGO_SETTINGS_MODULE": "core.settings", "DATABASE_URL": "sqlite://:memory:"}


def test_the_same_routes_and_what_they_took() -> None:
    with serving("uvicorn", SETTINGS, APPLICATION) as served:
        before = asked(served)
        with Client(served.host, served.port) as client:
            client.present("/control/none/", nothing(""), None)
            assert client.receive_ready()["user"] == ""
        after = asked(served)
    assert before == {"queries": 0, "connections_opened": 0, "thread_hops": 0}
    assert after["thread_hops"] > 0, "Channels asks for old connections to be closed"
    assert after["queries"] == 0
