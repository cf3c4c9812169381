from __future__ import annotations

import datetime
import json
import os
import platform

import pytest

from bench.facts import _pool, machine, now, versions


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_everything_that_takes_part_has_a_version(server: str) -> None:
    found = versions(server)
    assert {"python", server, "django", "channels", "websockets", "database"} <= found.keys()
    assert found["python"] == platform.python_version()
    assert found["database"].startswith("sqlite 3")
    assert found["channel layer"] == "InMemoryChannelLayer"


def test_no_machine_is_named() -> None:
    text = json.dumps([versions("daphne"), machine()])
    for name in (platform.node(), os.getcwd()):
        assert len(name) < 3 or name not in text
    assert machine()["cpus"] >= 1


def test_the_date_is_utc() -> None:
    assert datetime.datetime.fromisoformat(now()).utcoffset() == datetime.timedelta(0)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgres://ada@127.0.0.1:1/lab", "pool of 2 to 10"),
        ("postgres://ada@127.0.0.1:1/lab?pool=false", "no pool"),
        ("", "no pool"),
    ],
)
def test_the_pool_is_the_servers(url: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert _pool() == told
