"""What goes on failing is said once, and once more when it is over."""

from __future__ import annotations

import logging

log = logging.getLogger("wsauth")


class Trouble:
    """Says that something fails, and that it works again, once each."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._present = False

    def met(self, error: Exception) -> None:
        if not self._present:
            log.warning("%s: %s; trying on", self._what, type(error).__name__)
        self._present = True

    def over(self) -> None:
        if self._present:
            log.warning("%s: it works again", self._what)
        self._present = False
