from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from bench import terminal
from tests.bench import made


def shown(found: object, monkeypatch: pytest.MonkeyPatch, columns: int = 140, *, reasons: bool = False) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = io.StringIO()
    terminal.show(found, Path("report"), stream, reasons=reasons)  # type: ignore[arg-type]
    return stream.getvalue()


def test_a_log_gets_text_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "")
    said = shown(made.results(), monkeypatch)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", said)
    assert "All 2 pairs behave as expected" in said
    assert "report/index.html" in said
    assert "seed 7" in said


def test_titles_have_room_on_a_wide_one_only(monkeypatch: pytest.MonkeyPatch) -> None:
    title = "a valid credential gets in"
    assert title in shown(made.results(), monkeypatch, 140)
    narrow = shown(made.results(), monkeypatch, 80)
    assert title not in narrow
    assert "valid" in narrow
    assert max(map(len, narrow.splitlines())) <= 80


def test_reasons_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    assert made.NA.reason not in shown(made.results(), monkeypatch)
    assert made.NA.reason in shown(made.results(), monkeypatch, reasons=True)


def test_the_reason_of_a_wrong_verdict_is_always_told(monkeypatch: pytest.MonkeyPatch) -> None:
    said = shown(made.failing(), monkeypatch)
    assert "silence: WRONG: got in as <b>'ada'</b>" in said
    assert "1 wrong: refused (HTTP 403)" in said


def test_controls_are_said_not_to_count(monkeypatch: pytest.MonkeyPatch) -> None:
    said = shown(made.results(), monkeypatch)
    assert "not counted in the exit code: tu tutorial" in said
    assert "valid: WRONG" not in said
