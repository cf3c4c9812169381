from __future__ import annotations

from redis import Redis as Client

from core.services.redis import Redis


def test_it_keeps_what_it_is_told_until_it_is_killed(redis: Redis) -> None:
    with Client.from_url(redis.url) as client:
        client.set("kept", "7")
        assert client.get("kept") == b"7"
        redis.kill()
        redis.start()
        assert client.get("kept") is None


def test_it_listens_on_loopback_only_and_writes_nothing(redis: Redis) -> None:
    with Client.from_url(redis.url) as client:
        said = client.config_get("*")
    assert (said["bind"], said["save"], said["appendonly"]) == ("127.0.0.1", "", "no")
