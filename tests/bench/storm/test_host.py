from __future__ import annotations

from bench.storm.host import State, counter, state, steal

NETSTAT = """\
TcpExt: SyncookiesSent ListenOverflows ListenDrops
TcpExt: 1 22 333
IpExt: InNoRoutes ListenOverflows
IpExt: 4 5
"""


def test_counter() -> None:
    assert counter(NETSTAT, "TcpExt", "ListenOverflows") == 22
    assert counter(NETSTAT, "TcpExt", "Unheard") == 0
    assert counter("", "TcpExt", "ListenOverflows") == 0


def test_steal() -> None:
    assert steal("cpu  50 0 20 20 0 0 0 10 0 0\ncpu0 …") == (10, 100)
    assert steal("") == (0, 0)


def test_what_happened_in_between() -> None:
    between = State(1.0, 5, 100, 1_000).until(State(2.0, 8, 120, 1_200))
    assert between == {"load_before": 1.0, "load_after": 2.0, "listen_overflows": 3, "steal": 0.1}


def test_it_can_be_read_here() -> None:
    assert state().load >= 0
