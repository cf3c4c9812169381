"""Python's cyclic garbage collector, for a server with thousands of connections.

By default it looks at the youngest objects after 700 new ones, a handful of handshakes, and finds them all in use.
"""

import gc

THRESHOLDS = (20_000, 10, 10)
"""The oldest are still looked at after about two million: what ended connections leave behind doesn't pile up."""


def relax() -> None:
    """Called once, when everything is imported: that stays for good, and is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
