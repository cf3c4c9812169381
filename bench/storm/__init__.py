"""Load: many handshakes at once, on a real server, from processes that cost next to nothing themselves.

`manage.py storm` is the command. `load` drives what `generator` runs in a process of its own: `loops`
of `connection`s, which speak `upgrade` and `frames` by hand. What came of it goes through `figures`
into `report`. One connection at a time, judged and timed, is `bench.latency`'s business.
"""
