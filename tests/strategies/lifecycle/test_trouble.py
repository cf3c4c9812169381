"""A long outage is two lines in the log."""

from __future__ import annotations

import logging

import pytest

from strategies.lifecycle.trouble import Trouble


def test_says_it_once_and_once_that_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "wsauth")
    trouble = Trouble("nothing works")
    trouble.over()
    for _ in range(3):
        trouble.met(OSError("a secret in the text"))
    trouble.over()
    trouble.over()
    assert caplog.messages == ["nothing works: OSError; trying on", "nothing works: it works again"]
