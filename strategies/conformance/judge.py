"""Runs one case against one contender over one medium, and says what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ..backend import NotApplicable
from .attempt import Attempt, Cut, Wrong
from .contender import Contender
from .medium import Medium
from .transcript import Transcript

if TYPE_CHECKING:
    from .cases import Case

PATIENCE = 10.0
"""Seconds beyond the contender's own deadline and what a case waits for: what has not ended by then gets no answer."""


class Outcome(StrEnum):
    """What a cell of the table says."""

    EXPECTED = "as expected"
    WRONG = "WRONG"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome and its reason; the reason is empty where everything is as expected."""

    outcome: Outcome
    reason: str = ""


async def judge(
    case: Case,
    contender: Contender,
    medium: Medium,
    *,
    patience: float = PATIENCE,
    transcript: Transcript | None = None,
) -> Verdict:
    """The verdict. Raises `OSError` when the medium itself fails: that says nothing about the contender.

    A connection that breaks without a close frame is tried once more: busy servers break some.
    A `transcript` gets to hear what was said meanwhile.
    """
    if transcript is not None:
        contender, medium = transcript.of(contender), transcript.over(medium)
    try:
        return await _judged(case, contender, medium, patience)
    except Cut:
        pass
    try:
        return await _judged(case, contender, medium, patience)
    except Cut as why:
        return Verdict(Outcome.WRONG, str(why))


async def _judged(case: Case, contender: Contender, medium: Medium, patience: float) -> Verdict:
    attempt = Attempt(contender, medium)
    limit = contender.policy.deadline + patience + case.lasts
    try:
        async with asyncio.timeout(limit):
            await case.body(attempt)
    except NotApplicable as why:
        return Verdict(Outcome.NOT_APPLICABLE, str(why))
    except Cut:
        raise
    except Wrong as why:
        return Verdict(Outcome.WRONG, str(why))
    except TimeoutError:
        return Verdict(Outcome.WRONG, f"no answer within {limit:g} s")
    finally:
        await attempt.close()
    return Verdict(Outcome.EXPECTED)
