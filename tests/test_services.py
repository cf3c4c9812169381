"""What the tests' own services do where a program is missing."""

from __future__ import annotations

import pytest

from core.services.programs import ProgramMissing
from core.services.service import Service
from tests.services import REQUIRED, available


def missing() -> Service:
    raise ProgramMissing("nothing is not installed; it is in the Debian package nothing-server.")


def test_a_missing_program_skips_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REQUIRED, raising=False)
    with pytest.raises(pytest.skip.Exception, match="Debian package nothing-server"):
        available(missing)


def test_where_services_are_required_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REQUIRED, "1")
    with pytest.raises(pytest.fail.Exception, match="Debian package nothing-server"):
        available(missing)
