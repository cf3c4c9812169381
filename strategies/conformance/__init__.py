"""The conformance suite: one body of cases for any contender, over any medium.

A *contender* is whatever answers a WebSocket handshake with or without an identity: a pair of this
package, a stranger's middleware, a control. A *medium* carries an attempt to it: in process or over
a real socket. A *case* is one attempt and the verdict it must get. `judge` brings the three together;
`CASES` is the list. It ships with the package so that anyone can hold their own middleware against it.
"""

from __future__ import annotations

from . import lifecycle, one_time  # noqa: F401  each adds its cases
from .cases import CASES, Case
from .change import Change, changer
from .contender import Contender, Sample, contenders
from .judge import Outcome, Verdict, judge
from .medium import Medium
from .transcript import Transcript

__all__ = [
    "CASES",
    "Case",
    "Change",
    "Contender",
    "Medium",
    "Outcome",
    "Sample",
    "Transcript",
    "Verdict",
    "changer",
    "contenders",
    "judge",
]
