from __future__ import annotations

import subprocess
import sys

from django.conf import settings

SCRIPT = """
import resource
from bench.serving import EnvironmentFailed
from bench.storm.files import make_room

resource.setrlimit(resource.RLIMIT_NOFILE, (300, 2_000))
make_room(10)
assert resource.getrlimit(resource.RLIMIT_NOFILE) == (300, 2_000)
make_room(1_000)
assert resource.getrlimit(resource.RLIMIT_NOFILE) == (1_256, 2_000)
real = resource.setrlimit
def as_a_user(which, limits):
    if limits[1] > 2_000:
        raise ValueError("not allowed to raise maximum limit")
    real(which, limits)
resource.setrlimit = as_a_user
try:
    make_room(10_000)
except EnvironmentFailed as told:
    print(told)
"""


def test_the_limit_is_raised_as_far_as_it_goes() -> None:
    """In a process of its own: a hard limit can't be raised again by everybody."""
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True, timeout=60
    )
    assert "10,000 connections need 10,256 open files" in ended.stdout
    assert "the hard limit is 2,000" in ended.stdout
    assert "1,744 connections at most" in ended.stdout
