from __future__ import annotations

from bench.page.storm import missing, shown
from tests.bench import made


def test_a_storm_is_shown_with_all_it_has() -> None:
    (one,) = shown(made.results(storms=[made.storm()]))
    assert one.cpu
    assert one.rate
    assert one.rates
    assert one.memory
    assert len(one.lamps) == 4


def test_what_it_has_nothing_of_is_left_out() -> None:
    (one,) = shown(made.results(storms=[made.storm(closed=[], open=[], memory=[])]))
    assert (one.cpu, one.rate, one.rates, one.memory) == (None, None, None, None)


def test_what_is_missing_is_said_with_its_command() -> None:
    assert [one.command for one in missing([])] == [
        "manage.py storm --json > FILE",
        "manage.py storm --open-loop 100,200,400 --json > FILE",
        "manage.py storm --memory --json > FILE",
    ]
    assert missing([made.storm()]) == []
    assert [one.what for one in missing([made.storm(memory=[])])] == ["Memory per connection is"]
